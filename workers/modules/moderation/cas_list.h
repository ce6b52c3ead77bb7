/* cas_list.h - the public list of CAS (https://cas.chat): a million ids and more, read from its
 * file, and packed into parts that are kept and looked up one by one.
 *
 * The file has an id a line, or lines of CSV that begin with one, perhaps under a line of names. A
 * part has the ids with the same last bits, ascending, as differences of what is left of them, in
 * LEB128 and base64url: two bytes and a half for each of a million. A shard is an eighth of a part,
 * as numbers of 32 bits to be searched: it is what a pool shares (ctx_derived()), 5 KiB. */
#ifndef WORKERS_MODULES_MODERATION_CAS_LIST_H
#define WORKERS_MODULES_MODERATION_CAS_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

#define CAS_PEOPLE_MAX 3000000
#define CAS_PARTS 128u
#define CAS_SHARDS 8u /* of a part */
#define CAS_ID_MAX ((INT64_C(1) << 42) - 1)

struct cas_people {
	uint64_t *keys; /* room for cas_count_lines(), at most CAS_PEOPLE_MAX; by part, ascending */
	size_t count;
	size_t bad; /* lines that are no ids */
	bool too_many;
};

size_t cas_count_lines(const char *text, size_t size);
void cas_read(const char *text, size_t size, struct cas_people *out);
/* Appends a part as text. */
void cas_pack(const struct cas_people *people, unsigned part, struct buffer *out);

unsigned cas_part_of(int64_t id);
unsigned cas_shard_of(int64_t id);
/* Appends the shard of a part as uint32_t. False: that is no part. */
bool cas_unpack(const char *part, unsigned shard, struct buffer *out);
bool cas_has(const void *shard, size_t size, int64_t id);

#endif
