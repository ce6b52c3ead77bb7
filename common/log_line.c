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

/* As in a quoted text: JSON's escapes, which logfmt shares. `length` is 0 for a malformed one. */
static bool put_character(struct log_line *line, const char *at, size_t length)
{
	char escape[16];

	if (length == 0)
		return log_line_put(line, "\\ufffd");
	if (*at == '"' || *at == '\\')
		snprintf(escape, sizeof(escape), "\\%c", *at);
	else if (utf8_is_control(at))
		snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)utf8_decode(at, &length));
	else
		return log_line_bytes(line, at, length);
	return log_line_put(line, escape);
}

bool log_line_is_bare(const char *text, size_t length)
{
	for (size_t i = 0, step; i < length; i += step) {
		step = utf8_character(text + i, length - i);
		if (step == 0 || strchr(" =\"\\", text[i]) || utf8_is_control(text + i))
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
