/* array.c - writes the header and elements of a Postgres array in network byte order. */
#include "common/database/array.h"

#include <endian.h>
#include <string.h>

#define POSTGRES_EPOCH_S INT64_C(946684800) /* 2000-01-01 UTC */

static void put32(struct buffer *out, uint32_t value)
{
	uint32_t wire = htobe32(value);

	buffer_append(out, &wire, sizeof(wire));
}

static void put64(struct buffer *out, uint64_t value)
{
	uint64_t wire = htobe64(value);

	buffer_append(out, &wire, sizeof(wire));
}

void array_start(struct buffer *out, enum array_oid element, size_t count)
{
	put32(out, count ? 1 : 0); /* dimensions */
	put32(out, 1);             /* may contain NULLs; the server checks for itself */
	put32(out, element);
	if (count) {
		put32(out, (uint32_t)count);
		put32(out, 1); /* lower bound */
	}
}

void array_bigint(struct buffer *out, int64_t value)
{
	put32(out, sizeof(value));
	put64(out, (uint64_t)value);
}

void array_time(struct buffer *out, int64_t utc_s)
{
	int64_t microseconds;

	if (__builtin_sub_overflow(utc_s, POSTGRES_EPOCH_S, &microseconds) ||
	    __builtin_mul_overflow(microseconds, INT64_C(1000000), &microseconds))
		/* The largest and smallest values mean infinity. */
		microseconds = utc_s > 0 ? INT64_MAX - 1 : INT64_MIN + 1;
	array_bigint(out, microseconds);
}

void array_bytes(struct buffer *out, struct text value)
{
	if (!value.data) {
		put32(out, UINT32_MAX);
		return;
	}
	put32(out, (uint32_t)value.length);
	buffer_append(out, value.data, value.length);
}
