/* log_line.h - a log line while log.c writes it: what fits, and the escapes that keep a value
 * within its quotes. */
#ifndef COMMON_LOG_LINE_H
#define COMMON_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct log_line {
	char *bytes; /* the caller's */
	size_t length, size;
};

/* Appends all of it, or nothing and returns false. */
bool log_line_bytes(struct log_line *line, const char *bytes, size_t length);
bool log_line_put(struct log_line *line, const char *text);

/* Appends as many whole characters as fit before `after`, with JSON's escapes, which logfmt shares:
 * whatever the input, the output is UTF-8 without control characters, bare quotes or bare
 * backslashes. False when there is no room; the line may have been appended to. */
bool log_line_escaped(struct log_line *line, const char *text, size_t length, const char *after);

/* Whether a logfmt value needs no quotes. */
bool log_line_is_bare(const char *text, size_t length);

#endif
