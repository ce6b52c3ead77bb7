#include "workers/modules/stickers/emoji.h"

#include <stdint.h>

#include "common/utf8.h"

#define JOINER 0x200d
#define KEYCAP 0x20e3
#define VARIATION 0xfe0f

struct range {
	uint32_t first, last;
};

static const struct range beginnings[] = {
	{ 0xa9, 0xa9 },     { 0xae, 0xae },       { 0x203c, 0x203c },   { 0x2049, 0x2049 },
	{ 0x2122, 0x2122 }, { 0x2139, 0x2139 },   { 0x2194, 0x21aa },   { 0x231a, 0x23ff },
	{ 0x24c2, 0x24c2 }, { 0x25aa, 0x25fe },   { 0x2600, 0x27bf },   { 0x2934, 0x2935 },
	{ 0x2b05, 0x2b55 }, { 0x3030, 0x3030 },   { 0x303d, 0x303d },   { 0x3297, 0x3297 },
	{ 0x3299, 0x3299 }, { 0x1f004, 0x1f3fa }, { 0x1f400, 0x1faff },
};

static bool is_flag_letter(uint32_t code)
{
	return code >= 0x1f1e6 && code <= 0x1f1ff;
}

/* What changes the emoji before it: its presentation, its skin, the tags of a flag. */
static bool is_modifier(uint32_t code)
{
	return code == VARIATION || code == KEYCAP || (code >= 0x1f3fb && code <= 0x1f3ff) ||
	       (code >= 0xe0020 && code <= 0xe007f);
}

static bool begins_emoji(uint32_t code)
{
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (code >= beginnings[i].first && code <= beginnings[i].last)
			return true;
	return false;
}

static size_t modifiers_length(const char *text)
{
	size_t total = 0, length;

	while (text[total] && is_modifier(utf8_decode(text + total, &length)))
		total += length;
	return total;
}

/* 0 to 9, # and *, with the sign of a key. */
static size_t key_length(const char *text)
{
	size_t length, after;

	if (!((text[0] >= '0' && text[0] <= '9') || text[0] == '#' || text[0] == '*'))
		return 0;
	length = modifiers_length(text + 1);
	if (length == 0)
		return 0;
	after = 1 + length;
	return utf8_decode(text + after - 3, &length) == KEYCAP ? after : 0;
}

size_t emoji_length(const char *text)
{
	size_t total, length;
	uint32_t code;

	if (!text[0])
		return 0;
	code = utf8_decode(text, &length);
	if (code < 0x80)
		return key_length(text);
	if (!begins_emoji(code))
		return 0;
	total = length;
	if (is_flag_letter(code) && text[total] &&
	    is_flag_letter(utf8_decode(text + total, &length)))
		return total + length;
	total += modifiers_length(text + total);
	if (text[total] && utf8_decode(text + total, &length) == JOINER) {
		size_t joined = emoji_length(text + total + length);

		total += joined ? length + joined : 0;
	}
	return total;
}

bool emoji_only(const char *text, size_t size)
{
	size_t at = 0, length;

	while (at < size && (length = emoji_length(text + at)) > 0)
		at += length;
	return size > 0 && at == size;
}
