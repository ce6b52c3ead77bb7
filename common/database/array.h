/* array.h - one-dimensional Postgres arrays in the binary format (array_recv() in the server's
 * arrayfuncs.c), as parameters for unnest(). */
#ifndef COMMON_DATABASE_ARRAY_H
#define COMMON_DATABASE_ARRAY_H

#include <stdint.h>

#include "common/buffer.h"
#include "common/pack.h"

/* Element types, from the server's pg_type.dat. */
enum array_oid {
	ARRAY_OID_BYTEA = 17,
	ARRAY_OID_BIGINT = 20,
	ARRAY_OID_TEXT = 25,
	ARRAY_OID_TIMESTAMPTZ = 1184,
};

/* Starts an array at the end of the buffer; exactly `count` elements must follow; 0 gives an empty
 * array. */
void array_start(struct buffer *out, enum array_oid element, size_t count);
void array_bigint(struct buffer *out, int64_t value);
/* UTC seconds; values outside Postgres' range saturate, and Postgres refuses them. */
void array_time(struct buffer *out, int64_t utc_s);
/* NULL data writes a NULL. For text and bytea. */
void array_bytes(struct buffer *out, struct text value);

#endif
