#include "picture/sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"

#define HEAD_MAX 32

/* "NAME SIZE\n"; returns its bytes, 0 when it is none. */
static size_t read_head(const char *at, size_t left, struct sheet_part *part)
{
	char head[HEAD_MAX + 1] = "", *end;
	const char *line = memchr(at, '\n', left < HEAD_MAX ? left : HEAD_MAX);
	size_t length, name;

	if (!line)
		return 0;
	length = (size_t)(line - at);
	memcpy(head, at, length);
	name = strspn(head, "abcdefghijklmnopqrstuvwxyz");
	if (name == 0 || name >= SHEET_NAME_MAX || head[name] != ' ' || head[name + 1] < '0' ||
	    head[name + 1] > '9')
		return 0;
	memcpy(part->name, head, name);
	part->name[name] = '\0';
	part->size = strtoull(head + name + 1, &end, 10);
	return *end == '\0' && strlen(head) == length ? length + 1 : 0;
}

bool sheet_read(struct sheet *sheet, const void *bytes, size_t size, struct why *why)
{
	const char *at = bytes;
	size_t left = size;

	sheet->count = 0;
	while (left > 0) {
		struct sheet_part *part = &sheet->parts[sheet->count];
		size_t head;

		if (sheet->count == SHEET_PARTS_MAX)
			return why_set(why, "a sheet of more than %d parts", SHEET_PARTS_MAX);
		head = read_head(at, left, part);
		if (head == 0)
			return why_set(why, "part %zu of the sheet begins with no name and size",
				       sheet->count + 1);
		if (part->size >= left - head || at[head + part->size] != '\n')
			return why_set(why, "part %zu of the sheet, \"%s\", is not of its size",
				       sheet->count + 1, part->name);
		part->bytes = (const uint8_t *)at + head;
		at += head + part->size + 1;
		left -= head + part->size + 1;
		sheet->count++;
	}
	return true;
}

bool sheet_part_is(const struct sheet_part *part, const char *name)
{
	return strcmp(part->name, name) == 0;
}

const struct sheet_part *sheet_find(const struct sheet *sheet, const char *name)
{
	for (size_t i = 0; i < sheet->count; i++)
		if (sheet_part_is(&sheet->parts[i], name))
			return &sheet->parts[i];
	return NULL;
}

/* Ends of lines and the like become spaces; marks of direction stay: names need them. */
static bool is_space(const char *character, size_t length)
{
	return (unsigned char)character[0] < ' ' || character[0] == 0x7f ||
	       utf8_space(character, length) > 0;
}

void sheet_part_text(const struct sheet_part *part, char text[SHEET_TEXT_MAX + 4])
{
	const char *at = (const char *)part->bytes;
	size_t left = part->size, used = 0, length;

	while (left > 0 && used < SHEET_TEXT_MAX) {
		length = utf8_character(at, left);
		if (length == 0) {
			memcpy(text + used, UTF8_REPLACEMENT, UTF8_REPLACEMENT_SIZE);
			used += UTF8_REPLACEMENT_SIZE;
			length = utf8_broken(at, left);
		} else if (is_space(at, length)) {
			text[used++] = ' ';
		} else {
			memcpy(text + used, at, length);
			used += length;
		}
		at += length;
		left -= length;
	}
	text[used] = '\0';
}

bool sheet_number(const struct sheet *sheet, const char *name, int64_t least, int64_t most,
		  int64_t fallback, int64_t *out, struct why *why)
{
	const struct sheet_part *part = sheet_find(sheet, name);
	char text[SHEET_TEXT_MAX + 4], *end;

	*out = fallback;
	if (!part)
		return true;
	sheet_part_text(part, text);
	*out = strtoll(text, &end, 10);
	return (text[0] && !*end && *out >= least && *out <= most) ||
	       why_set(why, "\"%s\" of the sheet is a number from %lld to %lld", name,
		       (long long)least, (long long)most);
}
