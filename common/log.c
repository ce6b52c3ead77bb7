/* log.c - see log.h. A line is built on the stack and written with one write(2), so that lines of
 * several processes and threads that share stderr stay whole. */
#include "common/log.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_SIZE 4096
#define SECRETS_MAX 16
#define SECRET_LENGTH_MIN 4
#define TOKEN_DIGITS_MIN 6
#define TOKEN_TAIL_MIN 30

static _Atomic uint64_t lost_lines;

static struct {
	char process[32];
	enum log_format format;
	enum log_level level;
	bool terminal, terminal_is_known;
	_Atomic uint64_t *lost; /* lines */
	char *secrets[SECRETS_MAX];
	size_t secrets_count;
} sink = { .process = "korone", .level = LOG_LEVEL_NOTICE, .lost = &lost_lines };

static _Thread_local struct {
	char trace[TRACE_ID_HEX];
	const char *module;
} context;

static char panic_text[512];

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_NOTICE] = "notice",
	[LOG_LEVEL_DEBUG] = "debug",
};

static const char *const level_colours[] = {
	[LOG_LEVEL_ERROR] = "\033[1;31m",
	[LOG_LEVEL_WARN] = "\033[33m",
	[LOG_LEVEL_NOTICE] = "\033[36m",
	[LOG_LEVEL_DEBUG] = "\033[2m",
};

void log_open(const char *process, enum log_format format, enum log_level level)
{
	snprintf(sink.process, sizeof(sink.process), "%s", process);
	sink.format = format;
	sink.level = level;
	if (!sink.terminal_is_known)
		sink.terminal = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
	sink.terminal_is_known = true;
}

bool log_is_terminal(void)
{
	return sink.terminal;
}

void log_share(_Atomic uint64_t *lost, bool terminal)
{
	sink.lost = lost;
	sink.terminal = terminal;
	sink.terminal_is_known = true;
}

bool log_enabled(enum log_level level)
{
	return level <= sink.level;
}

void log_context_trace(const struct trace_id *trace)
{
	if (trace)
		trace_id_hex(trace, context.trace);
	else
		context.trace[0] = '\0';
}

void log_context_module(const char *module)
{
	context.module = module;
}

/* --- secrets --- */

void log_secret(const char *secret)
{
	if (strlen(secret) < SECRET_LENGTH_MIN || sink.secrets_count == SECRETS_MAX)
		return;
	for (size_t i = 0; i < sink.secrets_count; i++)
		if (!strcmp(sink.secrets[i], secret))
			return;
	sink.secrets[sink.secrets_count] = strdup(secret);
	if (sink.secrets[sink.secrets_count])
		sink.secrets_count++;
}

static char *hide(char *at, size_t length)
{
	if (length < 3)
		return at + length;
	memcpy(at, "***", 3);
	memmove(at + 3, at + length, strlen(at + length) + 1);
	return at + 3;
}

static size_t token_length(const char *at)
{
	size_t digits = 0, tail = 0;

	while (isdigit((unsigned char)at[digits]))
		digits++;
	if (digits < TOKEN_DIGITS_MIN || at[digits] != ':')
		return 0;
	at += digits + 1;
	while (isalnum((unsigned char)at[tail]) || at[tail] == '_' || at[tail] == '-')
		tail++;
	return tail < TOKEN_TAIL_MIN ? 0 : digits + 1 + tail;
}

char *log_redact(char *text)
{
	for (size_t i = 0; i < sink.secrets_count; i++) {
		char *at = text;

		while ((at = strstr(at, sink.secrets[i])))
			at = hide(at, strlen(sink.secrets[i]));
	}
	for (char *at = text; *at; at++) {
		size_t length = isdigit((unsigned char)*at) ? token_length(at) : 0;

		if (length)
			at = hide(at, length) - 1;
	}
	return text;
}

/* --- a line --- */

struct line {
	char text[LINE_MAX_SIZE];
	size_t length;
};

static __attribute__((format(printf, 2, 3))) void put(struct line *line, const char *format, ...)
{
	size_t room = sizeof(line->text) - 1 - line->length; /* one byte for the line's end */
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line->text + line->length, room, format, arguments);
	va_end(arguments);
	if (length > 0)
		line->length += (size_t)length < room ? (size_t)length : room - 1;
}

/* As the inside of a quoted text: JSON's escapes, which logfmt shares. */
static void put_escaped(struct line *line, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			put(line, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			put(line, "\\u%04x", c);
		else
			put(line, "%c", c);
	}
}

struct field {
	const char *key, *value;
	size_t key_length, value_length;
};

static size_t key_length(const char *at)
{
	size_t length = 0;

	while (isalnum((unsigned char)at[length]) || at[length] == '_' || at[length] == '.')
		length++;
	return at[length] == '=' ? length : 0;
}

/* A quote ends a value where the text ends or the next key=value begins: values from outside may
 * have quotes of their own. */
static bool is_closing_quote(const char *at)
{
	return *at == '"' && (at[1] == '\0' || (at[1] == ' ' && key_length(at + 2)));
}

/* Finds the next key=value in the words at `*at`; the value may stand in double quotes. */
static bool next_field(const char **at, struct field *field)
{
	const char *from = *at;

	while (*from == ' ')
		from++;
	field->key = from;
	field->key_length = key_length(from);
	if (!field->key_length)
		return false;
	field->value = from + field->key_length + 1;
	if (*field->value == '"') {
		const char *end = ++field->value;

		while (*end && !is_closing_quote(end))
			end++;
		field->value_length = (size_t)(end - field->value);
		*at = *end ? end + 1 : end;
	} else {
		field->value_length = strcspn(field->value, " ");
		*at = field->value + field->value_length;
	}
	return true;
}

/* The text before the first key=value word. */
static size_t message_length(const char *text)
{
	for (const char *at = text; *at; at++) {
		const char *word = at;
		struct field field;

		if ((at == text || at[-1] == ' ') && next_field(&word, &field))
			return at > text ? (size_t)(at - text) - 1 : 0;
	}
	return strlen(text);
}

static void put_time(struct line *line, const char *format)
{
	struct timespec now;
	struct tm utc;
	char text[40];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(text, sizeof(text), format, &utc);
	put(line, "%s.%03ld", text, now.tv_nsec / 1000000);
}

static void put_json(struct line *line, enum log_level level, const char *subsystem,
		     const char *text)
{
	size_t length = message_length(text);
	const char *at = text + length;
	struct field field;

	put(line, "{\"ts\":\"");
	put_time(line, "%Y-%m-%dT%H:%M:%S");
	put(line,
	    "Z\",\"level\":\"%s\",\"process\":\"%s\",\"subsystem\":\"%s\",\"pid\":%d,\"msg\":\"",
	    level_names[level], sink.process, subsystem, (int)getpid());
	put_escaped(line, text, length);
	put(line, "\"");
	while (next_field(&at, &field)) {
		put(line, ",\"%.*s\":\"", (int)field.key_length, field.key);
		put_escaped(line, field.value, field.value_length);
		put(line, "\"");
	}
	if (context.trace[0])
		put(line, ",\"trace_id\":\"%s\"", context.trace);
	if (context.module)
		put(line, ",\"module\":\"%s\"", context.module);
	put(line, "}");
}

static void put_fields(struct line *line, const char *at)
{
	struct field field;

	while (next_field(&at, &field)) {
		put(line, " %.*s=", (int)field.key_length, field.key);
		if (!field.value_length || memchr(field.value, ' ', field.value_length)) {
			put(line, "\"");
			put_escaped(line, field.value, field.value_length);
			put(line, "\"");
		} else {
			put_escaped(line, field.value, field.value_length);
		}
	}
	if (context.trace[0])
		put(line, " trace_id=%s", context.trace);
	if (context.module)
		put(line, " module=%s", context.module);
}

static void put_logfmt(struct line *line, enum log_level level, const char *subsystem,
		       const char *text)
{
	size_t length = message_length(text);

	put(line, "ts=");
	put_time(line, "%Y-%m-%dT%H:%M:%S");
	put(line, "Z level=%s process=%s subsystem=%s pid=%d msg=\"", level_names[level],
	    sink.process, subsystem, (int)getpid());
	put_escaped(line, text, length);
	put(line, "\"");
	put_fields(line, text + length);
}

/* For people at a terminal: the same words without the keys that a person does not need. */
static void put_coloured(struct line *line, enum log_level level, const char *subsystem,
			 const char *text)
{
	size_t length = message_length(text);

	put(line, "\033[2m");
	put_time(line, "%H:%M:%S");
	put(line, "\033[0m %s%-6s\033[0m \033[1m%s\033[0m\033[2m/%s\033[0m ", level_colours[level],
	    level_names[level], sink.process, subsystem);
	put_escaped(line, text, length);
	put(line, "\033[2m");
	put_fields(line, text + length);
	put(line, "\033[0m");
}

static void write_line(enum log_level level, const char *subsystem, const char *format,
		       va_list arguments)
{
	char text[LINE_MAX_SIZE / 2];
	struct line line = { .length = 0 };

	vsnprintf(text, sizeof(text), format, arguments);
	log_redact(text);
	if (sink.format == LOG_FORMAT_JSON)
		put_json(&line, level, subsystem, text);
	else if (sink.terminal)
		put_coloured(&line, level, subsystem, text);
	else
		put_logfmt(&line, level, subsystem, text);
	line.text[line.length++] = '\n';
	if (write(STDERR_FILENO, line.text, line.length) < 0)
		atomic_fetch_add(sink.lost, 1);
}

void log_at(enum log_level level, const char *subsystem, const char *format, ...)
{
	va_list arguments;

	if (!log_enabled(level))
		return;
	va_start(arguments, format);
	write_line(level, subsystem, format, arguments);
	va_end(arguments);
}

void panic_at(const char *file, int line, const char *function, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(panic_text, sizeof(panic_text), format, arguments);
	va_end(arguments);
	log_redact(panic_text);
	log_at(LOG_LEVEL_ERROR, "panic", "%s file=%s line=%d function=%s", panic_text, file, line,
	       function);
	abort();
}

const char *panic_message(void)
{
	return panic_text;
}

void fatal_at(int exit_code, const char *subsystem, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(LOG_LEVEL_ERROR, subsystem, format, arguments);
	va_end(arguments);
	exit(exit_code);
}
