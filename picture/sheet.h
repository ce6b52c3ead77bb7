/* sheet.h - what a picture is made of, when that is more than one picture: parts with names, one
 * after the other, as a module writes them with sheet_text() and sheet_file()
 * (workers/api/pictures.h).
 *
 *     line 11          a name of a-z, and how many bytes follow the end of the line
 *     Hello World      those bytes, and another end of a line */
#ifndef PICTURE_SHEET_H
#define PICTURE_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/why.h"

#define SHEET_PARTS_MAX 1024
#define SHEET_NAME_MAX 16
#define SHEET_TEXT_MAX 512 /* bytes of a text that are drawn */

struct sheet_part {
	char name[SHEET_NAME_MAX];
	const uint8_t *bytes;
	size_t size;
};

struct sheet {
	struct sheet_part parts[SHEET_PARTS_MAX];
	size_t count;
};

/* The parts point into the bytes. */
MUST_CHECK bool sheet_read(struct sheet *sheet, const void *bytes, size_t size, struct why *why);
/* The first part of that name; NULL: there is none. */
const struct sheet_part *sheet_find(const struct sheet *sheet, const char *name);
bool sheet_part_is(const struct sheet_part *part, const char *name);
/* Its bytes as a text of well-formed UTF-8 in one line, cut off at SHEET_TEXT_MAX. */
void sheet_part_text(const struct sheet_part *part, char text[SHEET_TEXT_MAX + 4]);
/* The number that the part of this name is, between two values; `fallback` when there is no such
 * part. */
MUST_CHECK bool sheet_number(const struct sheet *sheet, const char *name, int64_t least,
			     int64_t most, int64_t fallback, int64_t *out, struct why *why);

#endif
