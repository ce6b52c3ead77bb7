/* log_line.h - a line of the log while log.c writes it: what fits into its bytes, and the escapes
 * that keep a value inside its quotes. */
#ifndef COMMON_LOG_LINE_H
#define COMMON_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct log_line {
	char *bytes; /* the caller's */
	size_t length, size;
};

/* Whole, or not at all: false. */
bool log_line_bytes(struct log_line *line, const char *bytes, size_t length);
bool log_line_put(struct log_line *line, const char *text);

/* As many whole characters as fit before `after`, with the escapes of JSON, which logfmt shares:
 * whatever the bytes, what was put is UTF-8 without control characters, bare quotes and bare
 * backslashes. False when there is room for none; the line may have been added to. */
bool log_line_escaped(struct log_line *line, const char *text, size_t length, const char *after);

/* Whether a value of logfmt needs no quotes. */
bool log_line_is_bare(const char *text, size_t length);

#endif
