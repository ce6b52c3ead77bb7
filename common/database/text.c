/* text.c - see text.h. */
#include "common/database/text.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"
#define REPLACEMENT_SIZE 3

/* Bytes of the character at `at`, or 0 when it is NUL or malformed. */
static size_t character_size(const uint8_t *at, size_t left)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t size;

	if (at[0] < 0x80)
		return at[0] ? 1 : 0;
	if (at[0] >= 0xc2 && at[0] <= 0xdf)
		size = 2;
	else if (at[0] >= 0xe0 && at[0] <= 0xef)
		size = 3;
	else if (at[0] >= 0xf0 && at[0] <= 0xf4)
		size = 4;
	else
		return 0;
	if (left < size)
		return 0;
	/* No overlong forms, no surrogates, nothing over U+10FFFF. */
	if (at[0] == 0xe0)
		low = 0xa0;
	else if (at[0] == 0xed)
		high = 0x9f;
	else if (at[0] == 0xf0)
		low = 0x90;
	else if (at[0] == 0xf4)
		high = 0x8f;
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

static size_t count_bad(const uint8_t *bytes, size_t length)
{
	size_t bad = 0;

	for (size_t i = 0; i < length;) {
		size_t size = character_size(bytes + i, length - i);

		bad += size == 0;
		i += size ? size : 1;
	}
	return bad;
}

struct text text_clean(struct arena *arena, struct text text)
{
	const uint8_t *bytes = (const uint8_t *)text.data;
	size_t bad, at = 0;
	char *out;

	if (!text.data)
		return text;
	bad = count_bad(bytes, text.length);
	out = arena_alloc(arena, text.length + bad * (REPLACEMENT_SIZE - 1) + 1);
	if (!bad) {
		memcpy(out, text.data, text.length);
		return (struct text) { out, text.length };
	}
	for (size_t i = 0; i < text.length;) {
		size_t size = character_size(bytes + i, text.length - i);

		if (size)
			memcpy(out + at, bytes + i, size);
		else
			memcpy(out + at, REPLACEMENT, REPLACEMENT_SIZE);
		at += size ? size : REPLACEMENT_SIZE;
		i += size ? size : 1;
	}
	return (struct text) { out, at };
}

bool text_is_ascii(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((uint8_t)text.data[i] >= 0x80)
			return false;
	return true;
}
