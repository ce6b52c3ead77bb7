/* trace.c - ids as hex, and the derivation of spans. */
#include "common/trace.h"

#include <string.h>

bool trace_id_is_zero(const struct trace_id *trace)
{
	static const struct trace_id zero;

	return !memcmp(trace, &zero, sizeof(zero));
}

/* splitmix64's finalizer: every input bit affects every output bit. */
static uint64_t mix(uint64_t value)
{
	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
	return value ^ (value >> 31);
}

struct span_id span_id_of_crash(const struct trace_id *id)
{
	uint64_t halves[2], value;
	struct span_id span;

	memcpy(halves, id, sizeof(halves));
	value = mix(halves[0] ^ mix(halves[1]));
	if (!value)
		value = 1;
	memcpy(&span, &value, sizeof(span));
	return span;
}

void hex_encode(const void *bytes, size_t size, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++) {
		*out++ = digits[at[i] >> 4];
		*out++ = digits[at[i] & 15];
	}
	*out = '\0';
}

void trace_id_hex(const struct trace_id *trace, char out[TRACE_ID_HEX])
{
	hex_encode(trace, sizeof(*trace), out);
}

void span_id_hex(const struct span_id *span, char out[SPAN_ID_HEX])
{
	hex_encode(span, sizeof(*span), out);
}

static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return -1;
}

bool trace_id_parse(const char *hex, struct trace_id *out)
{
	struct trace_id trace;

	if (strlen(hex) != 2 * sizeof(trace))
		return false;
	for (size_t i = 0; i < sizeof(trace); i++) {
		int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		trace.bytes[i] = (uint8_t)(high << 4 | low);
	}
	if (trace_id_is_zero(&trace))
		return false;
	*out = trace;
	return true;
}
