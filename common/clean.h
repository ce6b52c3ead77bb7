/* clean.h - texts that others wrote, on their way to an operator's terminal: names, titles,
 * messages of the log. The one place that says which characters reach no terminal. */
#ifndef COMMON_CLEAN_H
#define COMMON_CLEAN_H

#include <stddef.h>

#include "common/buffer.h"

enum clean_lines { CLEAN_LINE, CLEAN_LINES };

/* Appends the text with those characters as JSON's escapes ("\u202e", so that JSON stays what it
 * says), and U+FFFD for what is not UTF-8. With CLEAN_LINES line feeds and tabs stay. */
void clean_append(struct buffer *out, const char *text, size_t size, enum clean_lines lines);

#endif
