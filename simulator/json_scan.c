#include "simulator/json_scan.h"

#include <string.h>

#include "common/utf8.h"
#include "simulator/ascii.h"

#define DEPTH_MAX 64

static void skip_blanks(struct json_scan *scan)
{
	while (scan->at < scan->end &&
	       (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t'))
		scan->at++;
}

static bool take(struct json_scan *scan, char c)
{
	skip_blanks(scan);
	if (scan->at == scan->end || *scan->at != c)
		return false;
	scan->at++;
	return true;
}

bool json_scan_enter(struct json_scan *scan, char bracket)
{
	return take(scan, bracket);
}

bool json_scan_leave(struct json_scan *scan, char bracket)
{
	if (take(scan, bracket))
		return true;
	take(scan, ',');
	return false;
}

bool json_scan_colon(struct json_scan *scan)
{
	return take(scan, ':');
}

bool json_scan_is_string(struct json_scan *scan)
{
	skip_blanks(scan);
	return scan->at < scan->end && *scan->at == '"';
}

bool json_scan_at_end(struct json_scan *scan)
{
	skip_blanks(scan);
	return scan->at == scan->end;
}

/* Four hex digits, or -1. */
static long unit(const char *at, const char *end)
{
	long value = 0;

	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = at[i];

		if (c >= '0' && c <= '9')
			value = value * 16 + (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value * 16 + ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return value;
}

/* A \u escape, `at` behind the 'u'; pairs of surrogates are joined. Returns the bytes written, 0
 * when it is none. */
static size_t decode_unicode(const char **at, const char *end, char *out)
{
	long code = unit(*at, end);

	if (code <= 0 || (code >= 0xdc00 && code <= 0xdfff))
		return 0;
	*at += 4;
	if (code >= 0xd800 && code < 0xdc00) {
		long low;

		if (end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
			return 0;
		low = unit(*at + 2, end);
		if (low < 0xdc00 || low > 0xdfff)
			return 0;
		*at += 6;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	return utf8_encode((uint32_t)code, out);
}

static size_t decode_escape(const char **at, const char *end, char *out)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (*at == end)
		return 0;
	if (**at == 'u') {
		*at += 1;
		return decode_unicode(at, end, out);
	}
	found = memchr(from, **at, sizeof(from) - 1);
	if (!found)
		return 0;
	*at += 1;
	out[0] = to[found - from];
	return 1;
}

/* The closing quote of the string that starts behind `at`, NULL when there is none. */
static const char *string_end(const char *at, const char *end)
{
	for (; at < end; at++) {
		if (*at == '"')
			return at;
		if ((unsigned char)*at < 0x20)
			return NULL;
		if (*at == '\\')
			at++;
	}
	return NULL;
}

bool json_scan_string(struct json_scan *scan, struct arena *arena, struct text *out)
{
	const char *at;
	const char *end;
	char *to;
	size_t length = 0;

	if (!take(scan, '"'))
		return false;
	at = scan->at;
	end = string_end(at, scan->end);
	if (!end)
		return false;
	to = arena_alloc(arena, (size_t)(end - at) + 1);
	while (at < end) {
		if (*at != '\\') {
			to[length++] = *at++;
		} else {
			size_t step;

			at++;
			step = decode_escape(&at, end, to + length);
			if (step == 0)
				return false;
			length += step;
		}
	}
	scan->at = end + 1;
	*out = (struct text) { to, length };
	return utf8_is_valid(to, length);
}

static bool skip_word(struct json_scan *scan)
{
	const char *start = scan->at;

	while (scan->at < scan->end && *scan->at && strchr("+-.0123456789aefnlrstuE", *scan->at))
		scan->at++;
	return scan->at > start;
}

bool json_scan_skip(struct json_scan *scan, struct text *out)
{
	int depth = 0;

	skip_blanks(scan);
	out->data = scan->at;
	do {
		skip_blanks(scan);
		if (scan->at == scan->end)
			return false;
		switch (*scan->at) {
		case '{':
		case '[':
			if (++depth > DEPTH_MAX)
				return false;
			scan->at++;
			break;
		case '}':
		case ']':
			depth--;
			scan->at++;
			break;
		case ',':
		case ':':
			if (depth == 0)
				return false;
			scan->at++;
			break;
		case '"': {
			const char *end = string_end(scan->at + 1, scan->end);

			if (!end)
				return false;
			scan->at = end + 1;
			break;
		}
		default:
			if (!skip_word(scan))
				return false;
		}
	} while (depth > 0);
	out->length = (size_t)(scan->at - out->data);
	return depth == 0;
}
