/* utf8.c - see utf8.h. */
#include "common/utf8.h"

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
