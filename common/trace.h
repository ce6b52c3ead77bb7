/* trace.h - W3C Trace Context ids: a trace id of 16 bytes and a span id of 8, never all zero. */
#ifndef COMMON_TRACE_H
#define COMMON_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_ID_SIZE 16
#define SPAN_ID_SIZE 8
#define TRACE_ID_HEX (2 * TRACE_ID_SIZE + 1)
#define SPAN_ID_HEX (2 * SPAN_ID_SIZE + 1)

struct trace_id {
	uint8_t bytes[TRACE_ID_SIZE];
};

struct span_id {
	uint8_t bytes[SPAN_ID_SIZE];
};

/* The span of a crash, derived from the id that it got when it was captured: the same each time it
 * is sent, but different for each crash, even if an attempt is made twice because a pool was lost.
 */
struct span_id span_id_of_crash(const struct trace_id *id);
bool trace_id_is_zero(const struct trace_id *trace);

void trace_id_hex(const struct trace_id *trace, char out[TRACE_ID_HEX]);
void span_id_hex(const struct span_id *span, char out[SPAN_ID_HEX]);
bool trace_id_parse(const char *hex, struct trace_id *out);

void hex_encode(const void *bytes, size_t size, char *out /* 2 * size + 1 */);

#endif
