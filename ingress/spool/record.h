/* record.h - the file format of the spool's segments: little-endian, records aligned to 8 bytes.
 *
 *     segment = header, batch...        batch = record..., RECORD_END
 *     record  = length, CRC32C, kind, number, payload, zeros to the next multiple of 8
 *
 * The CRC covers the record except itself, and the segment's number; `number` counts the segment's
 * records from 0. A batch counts only as a whole: one without a RECORD_END was cut short. Every
 * obsolete record of an update or sighting has its own RECORD_KILL, which names the segment it is
 * in; so segments may be removed in any order, provided that the kills they hold are copied
 * elsewhere. */
#ifndef INGRESS_SPOOL_RECORD_H
#define INGRESS_SPOOL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/message.h"
#include "common/why.h"
#include "ingress/spool/types.h"

#define SEGMENT_VERSION 1
#define RECORD_ALIGN 8u

enum record_kind {
	RECORD_UPDATE = 1,    /* struct update_record, body */
	RECORD_KILL,          /* struct kill_record... */
	RECORD_SIGHTING,      /* msgpack of a sighting */
	RECORD_SIGHTING_KILL, /* struct sighting_kill_record... */
	RECORD_META,          /* length of the key in a byte, key, value; no value: removed */
	RECORD_END,           /* struct end_record */
};

struct segment_header {
	char magic[8];
	uint32_t version;
	uint32_t number;
	int64_t bot_id;
	uint64_t created_ms; /* UTC */
	uint64_t next_seq;   /* at that time */
	uint64_t reserved[2];
	uint32_t zero;
	uint32_t crc; /* of everything before it */
};

struct record_header {
	uint32_t length; /* of the payload */
	uint32_t crc;
	uint32_t kind;
	uint32_t number;
};

struct update_record {
	uint64_t seq;
	int64_t update_id;
	uint64_t lane;
	uint8_t trace[TRACE_ID_SIZE];
	uint64_t received_ms;
	uint64_t due_ms;
	uint8_t kind, flags, attempts, lost;
	uint32_t zero;
};

struct kill_record {
	uint64_t seq;
	uint64_t segment;
};

struct sighting_kill_record {
	int64_t id;
	uint32_t scope;
	uint32_t segment;
};

struct end_record {
	uint32_t count; /* records of the batch before this one */
	uint32_t inverse;
};

/* A record that was found intact. */
struct record {
	enum record_kind kind;
	uint32_t number;
	size_t offset; /* in the segment */
	size_t size;   /* with header and padding */
	const uint8_t *payload;
	size_t length;
};

/* With the CPU's CRC instruction where available. */
uint32_t crc32c(uint32_t crc, const void *data, size_t size);
uint32_t crc32c_portable(uint32_t crc, const void *bytes, size_t size);

void segment_header_append(struct buffer *out, uint32_t number, int64_t bot_id, uint64_t now_ms,
			   uint64_t next_seq);
/* False when it is damaged; `out` is filled in all the same. */
MUST_CHECK bool segment_header_read(const uint8_t *data, size_t size, struct segment_header *out);

/* A record to be written: its payload is `head`, then `body`; either may be empty. */
struct record_parts {
	uint32_t number;
	enum record_kind kind;
	const void *head;
	size_t head_size;
	const void *body;
	size_t body_size;
};

void record_append(struct buffer *out, uint32_t segment, const struct record_parts *parts);
size_t record_size(size_t payload);
/* Reads the record at `offset` of a segment; `data` is where `offset` 0 would be when `size` bytes
 * of the segment are there. False when no intact record starts there. */
MUST_CHECK bool record_read(const uint8_t *data, size_t size, size_t offset, uint32_t segment,
			    struct record *out);
/* Finds the next intact record at or after `offset` with a number of at least `number`. */
MUST_CHECK bool record_search(const uint8_t *data, size_t size, size_t offset, uint32_t segment,
			      uint32_t number, struct record *out);
/* Whether a RECORD_END for `count` records was written at `offset` and damaged later: all but a few
 * of its bytes are there. A write that was cut short leaves none, or zeros. */
bool record_was_end(const uint8_t *data, size_t size, size_t offset, uint32_t segment,
		    uint32_t number, uint32_t count);

struct update_record update_record_of(const struct spool_update *update);
/* False when the payload is shorter than its head or has an unknown kind of update. */
MUST_CHECK bool update_record_read(const uint8_t *payload, size_t length, struct spool_update *out);

#endif
