/* utf8.c - code points, kinds of characters, and where malformed bytes end. */
#include "common/utf8.h"

#include <string.h>

uint32_t utf8_decode(const char *text, size_t *length)
{
	static const uint8_t first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint8_t first = (uint8_t)text[0];
	uint32_t code;

	*length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	code = first & first_bits[*length];
	for (size_t i = 1; i < *length; i++)
		code = code << 6 | ((uint8_t)text[i] & 0x3f);
	return code;
}

size_t utf8_space(const char *text, size_t size)
{
	size_t length = size ? utf8_character(text, size) : 0;
	uint32_t code = length ? utf8_decode(text, &length) : 0;
	bool is_space = code == ' ' || (code >= '\t' && code <= '\r') || code == 0x85 ||
			code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) ||
			code == 0x2028 || code == 0x2029 || code == 0x202f || code == 0x205f ||
			code == 0x3000;

	return is_space ? length : 0;
}

size_t utf8_space_before(const char *text, size_t size)
{
	for (size_t length = 1; length <= 3 && length <= size; length++)
		if (utf8_space(text + size - length, length) == length)
			return length;
	return 0;
}

bool utf8_is_control(const char *character)
{
	size_t length;
	uint32_t code = utf8_decode(character, &length);

	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e ||
	       code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

static bool has_no_shape(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0xad, 0xad },     { 0x34f, 0x34f },   { 0x61c, 0x61c },   { 0x115f, 0x1160 },
		{ 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x202a, 0x202e },
		{ 0x2060, 0x206f }, { 0x2800, 0x2800 }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f },
		{ 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfff8 }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

bool utf8_is_blank(const char *text)
{
	size_t size = strlen(text), length;

	for (size_t at = 0; at < size; at += length) {
		length = utf8_space(text + at, size - at);
		if (length == 0 && !has_no_shape(utf8_decode(text + at, &length)))
			return false;
	}
	return true;
}

size_t utf8_broken(const char *text, size_t size)
{
	const uint8_t *at = (const uint8_t *)text;
	uint8_t least, greatest;
	size_t wanted = utf8_rule(at[0], &least, &greatest), length = 1;

	while (length < wanted && length < size && at[length] >= least && at[length] <= greatest) {
		least = 0x80;
		greatest = 0xbf;
		length++;
	}
	return length;
}

/* Every character is one unit, but for those of four bytes, which are a surrogate pair. */
static size_t units_of_byte(uint8_t byte)
{
	bool continues = (byte & 0xc0) == 0x80;

	return continues ? 0 : byte >= 0xf0 ? 2 : 1;
}

size_t utf8_units(const char *text, size_t size)
{
	size_t units = 0;

	for (size_t i = 0; i < size; i++)
		units += units_of_byte((uint8_t)text[i]);
	return units;
}

size_t utf8_prefix(const char *text, size_t size, size_t units)
{
	size_t at = 0;

	while (at < size) {
		size_t next = units_of_byte((uint8_t)text[at]);

		if (next > units)
			break;
		units -= next;
		at++;
	}
	return at;
}
