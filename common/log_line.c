/* log_line.c - appends bytes and escaped text to a bounded line. */
#include "common/log_line.h"

#include <stdio.h>
#include <string.h>

#include "common/utf8.h"

bool log_line_bytes(struct log_line *line, const char *bytes, size_t length)
{
	if (length > line->size - line->length)
		return false;
	memcpy(line->bytes + line->length, bytes, length);
	line->length += length;
	return true;
}

bool log_line_put(struct log_line *line, const char *text)
{
	return log_line_bytes(line, text, strlen(text));
}

/* What moves a terminal's cursor, ends a line for some reader, or changes the direction of the text
 * after it: C0, DEL, C1, U+2028 to U+202E, U+2066 to U+2069. */
static bool is_control(const char *at, size_t length)
{
	const unsigned char *c = (const unsigned char *)at;

	if (length == 1)
		return c[0] < 0x20 || c[0] == 0x7f;
	if (length == 2)
		return c[0] == 0xc2 && c[1] < 0xa0;
	return length == 3 && c[0] == 0xe2 &&
	       ((c[1] == 0x80 && c[2] >= 0xa8 && c[2] <= 0xae) ||
		(c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9));
}

/* As in a quoted text: JSON's escapes, which logfmt shares. `length` is 0 for a malformed one. */
static bool put_character(struct log_line *line, const char *at, size_t length)
{
	char escape[16];

	if (length == 0)
		return log_line_put(line, "\\ufffd");
	if (*at == '"' || *at == '\\')
		snprintf(escape, sizeof(escape), "\\%c", *at);
	else if (is_control(at, length))
		snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)utf8_decode(at, &length));
	else
		return log_line_bytes(line, at, length);
	return log_line_put(line, escape);
}

bool log_line_is_bare(const char *text, size_t length)
{
	for (size_t i = 0, step; i < length; i += step) {
		step = utf8_character(text + i, length - i);
		if (step == 0 || strchr(" =\"\\", text[i]) || is_control(text + i, step))
			return false;
	}
	return length > 0;
}

bool log_line_escaped(struct log_line *line, const char *text, size_t length, const char *after)
{
	size_t from = line->length, kept = strlen(after);

	if (kept > line->size - line->length)
		return false;
	line->size -= kept;
	for (size_t i = 0; i < length;) {
		size_t character = utf8_character(text + i, length - i);

		if (!put_character(line, text + i, character))
			break;
		i += character ? character : 1;
	}
	line->size += kept;
	return (line->length > from || length == 0) && log_line_put(line, after);
}
