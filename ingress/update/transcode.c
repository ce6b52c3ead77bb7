/* transcode.c - JSON to msgpack in one strict pass: no tree, no recursion, and a single allocation,
 * for the result.
 *
 * Strict means RFC 8259 and nothing more. Text is copied 16 bytes at a time up to the next byte
 * that needs attention: a quote, a backslash, a control character or the start of a multi-byte
 * UTF-8 sequence. */
#include "ingress/update/transcode.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "common/utf8.h"

/* A number with more digits cannot be meant seriously. */
#define NUMBER_LENGTH_MAX 128
#define BLOCK 16

struct level {
	size_t header; /* where its msgpack header is, counted from the start of the output */
	uint32_t count;
	bool is_map;
};

struct transcoder {
	const uint8_t *at, *end;
	uint8_t *out, *out_start;
	const char *fault;
	size_t depth;
	struct level levels[TRANSCODE_DEPTH_MAX];
};

static bool fail(struct transcoder *t, const char *fault)
{
	t->fault = fault;
	return false;
}

static void skip_space(struct transcoder *t)
{
	while (t->at < t->end &&
	       (*t->at == ' ' || *t->at == '\n' || *t->at == '\r' || *t->at == '\t'))
		t->at++;
}

/* --- msgpack out ---------------------------------------------------------------------------- */

static void put_big_endian(struct transcoder *t, uint8_t type, uint64_t value, unsigned bytes)
{
	*t->out++ = type;
	while (bytes-- > 0)
		*t->out++ = (uint8_t)(value >> (8 * bytes));
}

static void put_uint(struct transcoder *t, uint64_t value)
{
	if (value < 0x80)
		*t->out++ = (uint8_t)value;
	else if (value <= UINT8_MAX)
		put_big_endian(t, 0xcc, value, 1);
	else if (value <= UINT16_MAX)
		put_big_endian(t, 0xcd, value, 2);
	else if (value <= UINT32_MAX)
		put_big_endian(t, 0xce, value, 4);
	else
		put_big_endian(t, 0xcf, value, 8);
}

/* `magnitude` is at most 2^63. */
static void put_negative(struct transcoder *t, uint64_t magnitude)
{
	uint64_t value = ~magnitude + 1;

	if (magnitude <= 32)
		*t->out++ = (uint8_t)value;
	else if (magnitude <= 0x80)
		put_big_endian(t, 0xd0, value, 1);
	else if (magnitude <= 0x8000)
		put_big_endian(t, 0xd1, value, 2);
	else if (magnitude <= 0x80000000)
		put_big_endian(t, 0xd2, value, 4);
	else
		put_big_endian(t, 0xd3, value, 8);
}

static void put_double(struct transcoder *t, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	put_big_endian(t, 0xcb, bits, 8);
}

/* Writes a header before the `size` bytes that were written after a one-byte gap at `start`. */
static void widen_header(struct transcoder *t, uint8_t *start, uint8_t type, uint64_t count,
			 unsigned bytes)
{
	uint8_t *end = t->out;

	memmove(start + 1 + bytes, start + 1, (size_t)(end - start - 1));
	t->out = start;
	put_big_endian(t, type, count, bytes);
	t->out = end + bytes;
}

static void close_text(struct transcoder *t, uint8_t *start)
{
	size_t length = (size_t)(t->out - start - 1);

	if (length < 32)
		*start = (uint8_t)(0xa0 | length);
	else if (length <= UINT8_MAX)
		widen_header(t, start, 0xd9, length, 1);
	else if (length <= UINT16_MAX)
		widen_header(t, start, 0xda, length, 2);
	else
		widen_header(t, start, 0xdb, length, 4);
}

static void close_container(struct transcoder *t, const struct level *level)
{
	uint8_t *start = t->out_start + level->header;

	if (level->count < 16)
		*start = (uint8_t)((level->is_map ? 0x80 : 0x90) | level->count);
	else if (level->count <= UINT16_MAX)
		widen_header(t, start, level->is_map ? 0xde : 0xdc, level->count, 2);
	else
		widen_header(t, start, level->is_map ? 0xdf : 0xdd, level->count, 4);
}

/* --- text ----------------------------------------------------------------------------------- */

static void put_code_point(struct transcoder *t, uint32_t code)
{
	t->out += utf8_encode(code, (char *)t->out);
}

static int hex_digit(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

/* The four hex digits at `at`, after "\u"; -1 when they are not there. */
static int32_t read_unit(const struct transcoder *t, const uint8_t *at)
{
	int32_t unit = 0;

	if (t->end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(at[i]);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

#define REPLACEMENT 0xfffd

/* At the first digit after "\u". An unpaired surrogate becomes U+FFFD; Telegram's own parser lets
 * it pass, and rejecting it would let one odd name block an update. */
static bool take_unit(struct transcoder *t)
{
	int32_t high = read_unit(t, t->at), low;

	if (high < 0)
		return fail(t, "a \\u without four hexadecimal digits");
	t->at += 4;
	if (high < 0xd800 || high > 0xdfff) {
		put_code_point(t, (uint32_t)high);
		return true;
	}
	if (high >= 0xdc00 || t->end - t->at < 6 || t->at[0] != '\\' || t->at[1] != 'u') {
		put_code_point(t, REPLACEMENT);
		return true;
	}
	low = read_unit(t, t->at + 2);
	if (low < 0)
		return fail(t, "a \\u without four hexadecimal digits");
	if (low < 0xdc00 || low > 0xdfff) {
		put_code_point(t, REPLACEMENT); /* `low` is parsed again on its own */
		return true;
	}
	t->at += 6;
	put_code_point(t, 0x10000 + (((uint32_t)high - 0xd800) << 10 | ((uint32_t)low - 0xdc00)));
	return true;
}

/* At a backslash. */
static bool take_escape(struct transcoder *t)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (t->end - t->at < 2)
		return fail(t, "unterminated string");
	t->at++;
	if (*t->at == 'u') {
		t->at++;
		return take_unit(t);
	}
	found = *t->at ? strchr(from, *t->at) : NULL;
	if (!found)
		return fail(t, "invalid escape");
	t->at++;
	*t->out++ = (uint8_t)to[found - from];
	return true;
}

static bool take_utf8(struct transcoder *t)
{
	const uint8_t *at = t->at;

	do {
		size_t length = utf8_character((const char *)at, (size_t)(t->end - at));

		if (length == 0)
			return fail(t, "string is not UTF-8");
		at += length;
	} while (at < t->end && *at >= 0x80);
	memcpy(t->out, t->at, (size_t)(at - t->at));
	t->out += at - t->at;
	t->at = at;
	return true;
}

/* Copies plain text. The output has room for one block more than will be used. */
static void take_plain(struct transcoder *t)
{
#ifdef __SSE2__
	while (t->end - t->at >= BLOCK) {
		__m128i block = _mm_loadu_si128((const __m128i *)t->at);
		/* Signed: bytes from 0x80 are less than a space, too. */
		__m128i odd = _mm_cmplt_epi8(block, _mm_set1_epi8(' '));
		unsigned mask;

		odd = _mm_or_si128(odd, _mm_cmpeq_epi8(block, _mm_set1_epi8('"')));
		odd = _mm_or_si128(odd, _mm_cmpeq_epi8(block, _mm_set1_epi8('\\')));
		mask = (unsigned)_mm_movemask_epi8(odd);
		_mm_storeu_si128((__m128i *)t->out, block);
		if (mask) {
			t->at += __builtin_ctz(mask);
			t->out += __builtin_ctz(mask);
			return;
		}
		t->at += BLOCK;
		t->out += BLOCK;
	}
#endif
	while (t->at < t->end && *t->at >= ' ' && *t->at < 0x80 && *t->at != '"' && *t->at != '\\')
		*t->out++ = *t->at++;
}

/* At the opening quote. */
static bool take_text(struct transcoder *t)
{
	uint8_t *start = t->out++;

	t->at++;
	for (;;) {
		take_plain(t);
		if (t->at == t->end)
			return fail(t, "unterminated string");
		if (*t->at == '"')
			break;
		if (*t->at == '\\') {
			if (!take_escape(t))
				return false;
		} else if (*t->at < ' ') {
			return fail(t, "control character in a string");
		} else if (!take_utf8(t)) {
			return false;
		}
	}
	t->at++;
	close_text(t, start);
	return true;
}

/* --- numbers -------------------------------------------------------------------------------- */

static bool is_digit(const struct transcoder *t, const uint8_t *at)
{
	return at < t->end && *at >= '0' && *at <= '9';
}

static const uint8_t *skip_digits(const struct transcoder *t, const uint8_t *at)
{
	while (is_digit(t, at))
		at++;
	return at;
}

/* strtod() uses the locale's decimal point; strtod_l() the C locale's. In glibc newlocale() of "C"
 * returns a constant and allocates nothing. */
static bool take_double(struct transcoder *t, const uint8_t *end)
{
	char digits[NUMBER_LENGTH_MAX + 1];
	size_t length = (size_t)(end - t->at);
	locale_t locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	double value;

	memcpy(digits, t->at, length);
	digits[length] = '\0';
	value = strtod_l(digits, NULL, locale);
	freelocale(locale);
	if (!isfinite(value))
		return fail(t, "a number out of range");
	t->at = end;
	put_double(t, value);
	return true;
}

/* Reads the digits from `first` to `end`; false when they exceed 64 bits. */
static bool read_magnitude(const uint8_t *first, const uint8_t *end, uint64_t *out)
{
	uint64_t value = 0;

	for (; first < end; first++)
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*first - '0'), &value))
			return false;
	*out = value;
	return true;
}

static bool take_number(struct transcoder *t)
{
	bool negative = *t->at == '-';
	const uint8_t *first = t->at + negative, *end;
	bool is_integer = true;
	uint64_t magnitude;

	if (!is_digit(t, first))
		return fail(t, "invalid value");
	end = *first == '0' ? first + 1 : skip_digits(t, first);
	if (end < t->end && *end == '.') {
		is_integer = false;
		if (!is_digit(t, end + 1))
			return fail(t, "number ends with its decimal point");
		end = skip_digits(t, end + 1);
	}
	if (end < t->end && (*end == 'e' || *end == 'E')) {
		is_integer = false;
		end++;
		if (end < t->end && (*end == '+' || *end == '-'))
			end++;
		if (!is_digit(t, end))
			return fail(t, "number without exponent digits");
		end = skip_digits(t, end);
	}
	if (end - t->at > NUMBER_LENGTH_MAX)
		return fail(t, "number has too many digits");
	if (!is_integer || !read_magnitude(first, end, &magnitude) ||
	    (negative && magnitude > UINT64_C(1) << 63))
		return take_double(t, end);
	if (negative && magnitude)
		put_negative(t, magnitude);
	else
		put_uint(t, magnitude);
	t->at = end;
	return true;
}

/* --- values --------------------------------------------------------------------------------- */

static bool take_word(struct transcoder *t, const char *word, uint8_t code)
{
	size_t length = strlen(word);

	if ((size_t)(t->end - t->at) < length || memcmp(t->at, word, length))
		return fail(t, "invalid value");
	t->at += length;
	*t->out++ = code;
	return true;
}

static bool take_scalar(struct transcoder *t)
{
	switch (*t->at) {
	case '"':
		return take_text(t);
	case 't':
		return take_word(t, "true", 0xc3);
	case 'f':
		return take_word(t, "false", 0xc2);
	case 'n':
		return take_word(t, "null", 0xc0);
	default:
		return take_number(t);
	}
}

static bool open_container(struct transcoder *t)
{
	if (t->depth == TRANSCODE_DEPTH_MAX)
		return fail(t, "nested too deep");
	t->levels[t->depth++] = (struct level) { .header = (size_t)(t->out - t->out_start),
						 .is_map = *t->at == '{' };
	t->out++;
	t->at++;
	return true;
}

/* There must be another byte that is not white space. */
static bool need_more(struct transcoder *t)
{
	skip_space(t);
	return t->at < t->end || fail(t, "unexpected end");
}

static bool take_key(struct transcoder *t)
{
	if (!need_more(t))
		return false;
	if (*t->at != '"')
		return fail(t, "object key is not a string");
	if (!take_text(t) || !need_more(t))
		return false;
	if (*t->at != ':')
		return fail(t, "object key without a colon");
	t->at++;
	return true;
}

/* Closes the containers that end here. True with `more` set when another element follows a comma,
 * which has been skipped. */
static bool after_value(struct transcoder *t, bool *more)
{
	*more = false;
	while (t->depth > 0) {
		const struct level *level = &t->levels[t->depth - 1];

		if (!need_more(t))
			return false;
		if (*t->at == ',') {
			t->at++;
			*more = true;
			return true;
		}
		if (*t->at != (level->is_map ? '}' : ']'))
			return fail(t, "expected a comma or a closing bracket");
		t->at++;
		close_container(t, level);
		t->depth--;
	}
	return true;
}

/* One element at a time: an optional key, then a scalar or the start of a container. */
static bool take_value(struct transcoder *t)
{
	bool more = true;

	while (more) {
		struct level *level = t->depth ? &t->levels[t->depth - 1] : NULL;

		if (level)
			level->count++;
		if (level && level->is_map && !take_key(t))
			return false;
		if (!need_more(t))
			return false;
		if (*t->at == '{' || *t->at == '[') {
			if (!open_container(t) || !need_more(t))
				return false;
			if (*t->at != (t->levels[t->depth - 1].is_map ? '}' : ']'))
				continue;
		} else if (!take_scalar(t)) {
			return false;
		}
		if (!after_value(t, &more))
			return false;
	}
	return true;
}

bool transcode(const char *json, size_t size, struct buffer *out, struct why *why)
{
	struct transcoder t = { .at = (const uint8_t *)json, .end = (const uint8_t *)json + size };

	if (size > TRANSCODE_UPDATE_MAX)
		return why_set(why, "%zu bytes are over the limit of an update", size);
	/* The worst growth is a number with an exponent: "1e1," becomes 9 bytes. */
	t.out = t.out_start = buffer_reserve(out, 3 * size + 2 * BLOCK);
	if (take_value(&t)) {
		skip_space(&t);
		if (t.at < t.end)
			fail(&t, "trailing data");
	}
	if (t.fault)
		return why_set(why, "byte %zu: %s", (size_t)(t.at - (const uint8_t *)json),
			       t.fault);
	buffer_commit(out, (size_t)(t.out - t.out_start));
	return true;
}
