/* trace.h - W3C Trace Context ids: 16 bytes of trace id, 8 bytes of span id, never all zero. */
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

struct trace_id trace_id_make(void);
struct span_id span_id_make(void);
/* The span of one attempt at one update: derived from the trace id, so that every process that
 * reports this attempt names the same span. `attempt` counts from 1. */
struct span_id span_id_of_attempt(const struct trace_id *trace, unsigned attempt);
bool trace_id_is_zero(const struct trace_id *trace);

void trace_id_hex(const struct trace_id *trace, char out[TRACE_ID_HEX]);
void span_id_hex(const struct span_id *span, char out[SPAN_ID_HEX]);
bool trace_id_parse(const char *hex, struct trace_id *out);

/* From getrandom(2); panics if the kernel has none. */
void random_bytes(void *out, size_t size);
uint64_t random_u64(void);
void hex_encode(const void *bytes, size_t size, char *out /* 2 * size + 1 */);

#endif
