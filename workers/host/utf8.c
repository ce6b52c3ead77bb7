/* utf8.c - see utf8.h. */
#include "workers/host/utf8.h"

#include <stdbool.h>

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

static size_t length_of_lead(unsigned char lead)
{
	return lead < 0x80                   ? 1
	       : lead >= 0xc2 && lead < 0xe0 ? 2
	       : (lead & 0xf0) == 0xe0       ? 3
	       : lead >= 0xf0 && lead < 0xf5 ? 4
					     : 0;
}

size_t utf8_character(const char *text, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length = length_of_lead(bytes[0]);

	if (length == 0 || length > size)
		return 0;
	for (size_t i = 1; i < length; i++)
		if (!is_continuation(bytes[i]))
			return 0;
	if ((bytes[0] == 0xe0 && bytes[1] < 0xa0) || (bytes[0] == 0xed && bytes[1] >= 0xa0) ||
	    (bytes[0] == 0xf0 && bytes[1] < 0x90) || (bytes[0] == 0xf4 && bytes[1] >= 0x90))
		return 0;
	return length;
}

/* Every character is one unit, but for those of four bytes, which are a surrogate pair. */
static size_t units_of_byte(unsigned char byte)
{
	return is_continuation(byte) ? 0 : byte >= 0xf0 ? 2 : 1;
}

size_t utf8_units(const char *text, size_t size)
{
	size_t units = 0;

	for (size_t i = 0; i < size; i++)
		units += units_of_byte((unsigned char)text[i]);
	return units;
}

size_t utf8_prefix(const char *text, size_t size, size_t units)
{
	size_t at = 0;

	while (at < size) {
		size_t next = units_of_byte((unsigned char)text[at]);

		if (next > units)
			break;
		units -= next;
		at++;
	}
	return at;
}
