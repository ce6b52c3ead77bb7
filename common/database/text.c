/* text.c - copies a text character by character and replaces what Postgres would refuse. */
#include "common/database/text.h"

#include <stdint.h>
#include <string.h>

#include "common/utf8.h"

/* Bytes of the character at `at`, or 0 when it is NUL or malformed. */
static size_t character_size(const char *at, size_t left)
{
	return *at ? utf8_character(at, left) : 0;
}

static size_t count_bad(const char *bytes, size_t length)
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
	size_t bad, at = 0;
	char *out;

	if (!text.data)
		return text;
	bad = count_bad(text.data, text.length);
	out = arena_alloc(arena, text.length + bad * (UTF8_REPLACEMENT_SIZE - 1) + 1);
	if (!bad) {
		memcpy(out, text.data, text.length);
		return (struct text) { out, text.length };
	}
	for (size_t i = 0; i < text.length;) {
		size_t size = character_size(text.data + i, text.length - i);

		if (size)
			memcpy(out + at, text.data + i, size);
		else
			memcpy(out + at, UTF8_REPLACEMENT, UTF8_REPLACEMENT_SIZE);
		at += size ? size : UTF8_REPLACEMENT_SIZE;
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
