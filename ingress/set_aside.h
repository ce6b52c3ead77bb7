/* set_aside.h - malformed updates, kept out of the way for a look: the raw bytes, at most 24 hours
 * and 100 pieces (PRIVACY.md), the oldest going first. A file each, 0600 in a 0700 directory. */
#ifndef INGRESS_SET_ASIDE_H
#define INGRESS_SET_ASIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/why.h"

#define SET_ASIDE_MAX 100
#define SET_ASIDE_KEEP_S 86400
#define SET_ASIDE_REASON_SIZE 128

struct set_aside_piece {
	uint64_t number;    /* names it; never used twice */
	int64_t update_id;  /* 0: not even that could be read */
	int64_t received_s; /* UTC */
	size_t size;
	char reason[SET_ASIDE_REASON_SIZE];
};

struct set_aside;

/* Reads what is there; NULL and a reason when the directory cannot be used. */
struct set_aside *set_aside_open(const char *directory, int64_t now_s, struct why *why);
void set_aside_close(struct set_aside *set_aside);
/* Durable when it returns true. `reason` is one line. */
MUST_CHECK bool set_aside_add(struct set_aside *set_aside, int64_t update_id, const void *raw,
			      size_t size, const char *reason, int64_t now_s, struct why *why);
/* Deletes what is older than 24 h; for a timer. */
void set_aside_expire(struct set_aside *set_aside, int64_t now_s);
/* Oldest first; borrowed until the next change. */
const struct set_aside_piece *set_aside_list(const struct set_aside *set_aside, size_t *count);
/* Appends the raw bytes to out. */
MUST_CHECK bool set_aside_read(const struct set_aside *set_aside, uint64_t number,
			       struct buffer *out, struct why *why);
/* False when there is no such piece. */
bool set_aside_drop(struct set_aside *set_aside, uint64_t number);

#endif
