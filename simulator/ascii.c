#include "simulator/ascii.h"

#include <string.h>

#include "common/utf8.h"

static const char hex_digits[] = "0123456789abcdef";

static char *put_unit(char *at, unsigned unit)
{
	*at++ = '\\';
	*at++ = 'u';
	for (int shift = 12; shift >= 0; shift -= 4)
		*at++ = hex_digits[unit >> shift & 15];
	return at;
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
			size_t size;
			uint32_t code = utf8_decode((const char *)from, &size);

			from += size;
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

bool utf8_is_valid(const char *text, size_t length)
{
	for (size_t at = 0, step; at < length; at += step) {
		step = utf8_character(text + at, length - at);
		if (step == 0)
			return false;
	}
	return true;
}

void utf8_append(struct buffer *out, unsigned code)
{
	char character[UTF8_CHARACTER_MAX];

	buffer_append(out, character, utf8_encode(code, character));
}
