#include "simulator/ascii.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

static char *put_unit(char *at, unsigned unit)
{
	*at++ = '\\';
	*at++ = 'u';
	for (int shift = 12; shift >= 0; shift -= 4)
		*at++ = hex_digits[unit >> shift & 15];
	return at;
}

/* Decodes one character of valid UTF-8 and moves `at` behind it. */
static unsigned decode(const unsigned char **at)
{
	const unsigned char *from = *at;

	if (from[0] < 0x80) {
		*at += 1;
		return from[0];
	}
	if (from[0] < 0xe0) {
		*at += 2;
		return (from[0] & 0x1fu) << 6 | (from[1] & 0x3fu);
	}
	if (from[0] < 0xf0) {
		*at += 3;
		return (from[0] & 0x0fu) << 12 | (from[1] & 0x3fu) << 6 | (from[2] & 0x3fu);
	}
	*at += 4;
	return (from[0] & 0x07u) << 18 | (from[1] & 0x3fu) << 12 | (from[2] & 0x3fu) << 6 |
	       (from[3] & 0x3fu);
}

static char *put_special(char *at, unsigned char c)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *pair = letters; *pair; pair += 2) {
		if (*pair == (char)c) {
			*at++ = '\\';
			*at++ = pair[1];
			return at;
		}
	}
	return put_unit(at, c);
}

void ascii_text_n(struct json *json, const char *text, size_t length)
{
	const unsigned char *from = (const unsigned char *)text;
	const unsigned char *end = from + length;
	/* At most 6 bytes for each byte of text: a control character. */
	char fixed[1024];
	struct buffer large = { 0 };
	char *start = fixed;
	char *at;

	if (6 * length + 2 > sizeof(fixed))
		start = (char *)buffer_reserve(&large, 6 * length + 2);
	at = start;
	*at++ = '"';
	while (from < end) {
		unsigned char c = *from;

		if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
			*at++ = (char)c;
			from++;
		} else if (c < 0x80) {
			at = put_special(at, c);
			from++;
		} else {
			unsigned code = decode(&from);

			if (code > 0xffff) {
				at = put_unit(at, 0xd800 + ((code - 0x10000) >> 10));
				code = 0xdc00 + ((code - 0x10000) & 0x3ff);
			}
			at = put_unit(at, code);
		}
	}
	*at++ = '"';
	json_raw(json, start, (size_t)(at - start));
	buffer_finish(&large);
}

void ascii_text(struct json *json, const char *text)
{
	ascii_text_n(json, text, strlen(text));
}

void ascii_key_text(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	ascii_text(json, text);
}

/* Length of the character at `at`, 0 when it is not valid UTF-8 (RFC 3629). */
static size_t character_length(const unsigned char *at, size_t left)
{
	size_t length;
	unsigned code;

	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	length = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	if (left < length)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	code = decode(&(const unsigned char *) { at });
	if ((length == 3 && code < 0x800) || (length == 4 && (code < 0x10000 || code > 0x10ffff)))
		return 0;
	return code >= 0xd800 && code <= 0xdfff ? 0 : length;
}

bool utf8_is_valid(const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *)text;
	const unsigned char *end = at + length;

	while (at < end) {
		size_t step = character_length(at, (size_t)(end - at));

		if (step == 0)
			return false;
		at += step;
	}
	return true;
}

size_t utf16_units(const char *text, size_t length)
{
	size_t units = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c & 0xc0) != 0x80)
			units += c >= 0xf0 ? 2 : 1;
	}
	return units;
}

void utf8_append(struct buffer *out, unsigned code)
{
	if (code < 0x80) {
		buffer_append_byte(out, (uint8_t)code);
		return;
	}
	if (code < 0x800) {
		buffer_append_byte(out, (uint8_t)(0xc0 | code >> 6));
	} else if (code < 0x10000) {
		buffer_append_byte(out, (uint8_t)(0xe0 | code >> 12));
		buffer_append_byte(out, (uint8_t)(0x80 | (code >> 6 & 0x3f)));
	} else {
		buffer_append_byte(out, (uint8_t)(0xf0 | code >> 18));
		buffer_append_byte(out, (uint8_t)(0x80 | (code >> 12 & 0x3f)));
		buffer_append_byte(out, (uint8_t)(0x80 | (code >> 6 & 0x3f)));
	}
	buffer_append_byte(out, (uint8_t)(0x80 | (code & 0x3f)));
}
