/* clean.c - a character at a time: as it is, escaped, or U+FFFD when malformed. */
#include "common/clean.h"

#include "common/utf8.h"

void clean_append(struct buffer *out, const char *text, size_t size, enum clean_lines lines)
{
	for (size_t at = 0, length; at < size; at += length) {
		bool is_layout = text[at] == '\n' || text[at] == '\t';

		length = utf8_character(text + at, size - at);
		if (length == 0) {
			length = utf8_broken(text + at, size - at);
			buffer_append_text(out, UTF8_REPLACEMENT);
		} else if (!utf8_is_control(text + at) || (lines == CLEAN_LINES && is_layout)) {
			buffer_append(out, text + at, length);
		} else {
			buffer_printf(out, "\\u%04x", (unsigned)utf8_decode(text + at, &length));
		}
	}
}
