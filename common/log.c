/* log.c - writes log lines.
 *
 * A line is built on the stack and written with one write(2), so that lines of several processes
 * and threads sharing stderr stay intact. Its end is made first and space reserved for it, so that
 * even a full line is complete. */
#include "common/log.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log_line.h"
#include "common/utf8.h"

#define LINE_SIZE 4096 /* PIPE_BUF: what one write(2) keeps together */
#define END_SIZE 512   /* of those for the context and what closes the line */
#define VALUE_SIZE 2049
#define PANIC_SIZE 4096 /* before truncation */
#define FIELD_MARKS 6   /* around a key and its value: ,"":"" */
#define HIDDEN "***"
#define SECRETS_MAX 16
#define SECRET_LENGTH_MIN 4
#define TOKEN_DIGITS_MIN 6
#define TOKEN_DIGITS_MAX 20
#define TOKEN_TAIL_MIN 30

static _Atomic uint64_t lost_lines;

static struct {
	char process[32];
	enum log_format format;
	enum log_level level;
	bool terminal, terminal_is_known;
	_Atomic uint64_t *lost; /* lines */
	struct secret {
		char *text;
		size_t length;
	} secrets[SECRETS_MAX];
	size_t secrets_count;
	bool secret_starts[256]; /* whether a secret begins with this byte */
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
	struct secret *next = sink.secrets + sink.secrets_count;

	if (strlen(secret) < SECRET_LENGTH_MIN || sink.secrets_count == SECRETS_MAX)
		return;
	for (size_t i = 0; i < sink.secrets_count; i++)
		if (!strcmp(sink.secrets[i].text, secret))
			return;
	*next = (struct secret) { strdup(secret), strlen(secret) };
	if (!next->text)
		return;
	sink.secret_starts[(unsigned char)secret[0]] = true;
	sink.secrets_count++;
}

static size_t token_length(const char *at, size_t left)
{
	size_t length = 0, tail;

	while (length < left && length <= TOKEN_DIGITS_MAX && isdigit((unsigned char)at[length]))
		length++;
	if (length < TOKEN_DIGITS_MIN || length == left || at[length] != ':')
		return 0;
	tail = ++length;
	while (length < left &&
	       (isalnum((unsigned char)at[length]) || at[length] == '_' || at[length] == '-'))
		length++;
	return length - tail < TOKEN_TAIL_MIN ? 0 : length;
}

static size_t secret_length(const char *at, size_t left)
{
	size_t longest = token_length(at, left);

	if (!sink.secret_starts[(unsigned char)*at])
		return longest;
	for (size_t i = 0; i < sink.secrets_count; i++) {
		const struct secret *secret = sink.secrets + i;

		if (secret->length > longest && secret->length <= left &&
		    !memcmp(at, secret->text, secret->length))
			longest = secret->length;
	}
	return longest;
}

/* The login of a URL, which `at` follows "://": what is before the last @ of its authority or, as a
 * password may have the characters that end one, of the whole URL when there is a colon. */
static size_t login_length(const char *at, size_t left)
{
	static const char beyond[] = " \t\r\n\"'<>";
	size_t login = 0;
	bool has_colon = false, is_over = false;

	if (left > 0 && *at == '[')
		return 0; /* an address; or a form, as we write it */
	for (size_t i = 0; i < left && at[i] && !strchr(beyond, at[i]); i++) {
		if (strchr("/?#", at[i]))
			is_over = true;
		else if (at[i] == ':' && !is_over)
			has_colon = true;
		else if (at[i] == '@' && (!is_over || has_colon))
			login = i;
	}
	return login;
}

/* How many bytes to hide at `at`, 0 for none; overlapping secrets are hidden as one. */
static size_t hidden_length(const char *at, size_t left)
{
	size_t hidden = secret_length(at, left);

	for (size_t i = 1; i < hidden; i++) {
		size_t length = secret_length(at + i, left - i);

		if (i + length > hidden)
			hidden = i + length;
	}
	return hidden;
}

/* `out` may be `text`: the output is never longer than the input. */
size_t log_redact_copy(char *out, size_t size, const char *text, size_t length)
{
	size_t written = 0;

	for (size_t read = 0, step; read < length; read += step) {
		size_t hidden = hidden_length(text + read, length - read), login = 0;
		const char *from;
		size_t piece;

		if (written >= 3 && !memcmp(out + written - 3, "://", 3))
			login = login_length(text + read, length - read);
		if (login > hidden)
			hidden = login;
		from = hidden ? HIDDEN : text + read;
		step = hidden ? hidden : utf8_character(text + read, length - read);
		if (step == 0)
			step = 1; /* a malformed character */
		piece = hidden ? strlen(HIDDEN) : step;
		if (piece > step)
			piece = step; /* a login may be as short as that */
		if (piece >= size - written)
			break;
		memmove(out + written, from, piece);
		written += piece;
	}
	out[written] = '\0';
	return written;
}

char *log_redact(char *text)
{
	size_t length = strlen(text);

	log_redact_copy(text, length + 1, text, length);
	return text;
}

/* --- fields --- */

struct log_field log_text(const char *key, const char *text)
{
	return log_bytes(key, text, text ? strlen(text) : 0);
}

struct log_field log_bytes(const char *key, const void *text, size_t length)
{
	return (struct log_field) { .key = key, .kind = LOG_TEXT, .text = text, .length = length };
}

struct log_field log_unsigned(const char *key, uint64_t number)
{
	return (struct log_field) { .key = key, .kind = LOG_UNSIGNED, .number = number };
}

struct log_field log_signed(const char *key, int64_t number)
{
	return (struct log_field) { .key = key, .kind = LOG_SIGNED, .signed_number = number };
}

struct log_field log_hex(const char *key, uint64_t number)
{
	return (struct log_field) { .key = key, .kind = LOG_HEX, .number = number };
}

/* --- the ways to write a line --- */

static void put_time(struct log_line *line, const char *format)
{
	struct timespec now;
	struct tm utc;
	char text[40], milliseconds[8];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(text, sizeof(text), format, &utc);
	snprintf(milliseconds, sizeof(milliseconds), ".%03ld", now.tv_nsec / 1000000 % 1000);
	log_line_put(line, text);
	log_line_put(line, milliseconds);
}

static __attribute__((format(printf, 2, 3))) void put_format(struct log_line *line,
							     const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_line_put(line, text);
}

static void start_json(struct log_line *line, enum log_level level, const char *subsystem)
{
	log_line_put(line, "{\"ts\":\"");
	put_time(line, "%Y-%m-%dT%H:%M:%S");
	put_format(line,
		   "Z\",\"level\":\"%s\",\"process\":\"%s\",\"subsystem\":\"%s\",\"pid\":%d,"
		   "\"msg\":\"",
		   level_names[level], sink.process, subsystem, (int)getpid());
}

static void start_logfmt(struct log_line *line, enum log_level level, const char *subsystem)
{
	log_line_put(line, "ts=");
	put_time(line, "%Y-%m-%dT%H:%M:%S");
	put_format(line, "Z level=%s process=%s subsystem=%s pid=%d msg=\"", level_names[level],
		   sink.process, subsystem, (int)getpid());
}

static void start_coloured(struct log_line *line, enum log_level level, const char *subsystem)
{
	log_line_put(line, "\033[2m");
	put_time(line, "%H:%M:%S");
	put_format(line, "\033[0m %s%-6s\033[0m \033[1m%s\033[0m\033[2m/%s\033[0m ",
		   level_colours[level], level_names[level], sink.process, subsystem);
}

static bool put_json_field(struct log_line *line, const char *key, const char *text, size_t length)
{
	return log_line_put(line, ",\"") && log_line_put(line, key) &&
	       log_line_put(line, "\":\"") && log_line_escaped(line, text, length, "\"");
}

static bool put_logfmt_field(struct log_line *line, const char *key, const char *text,
			     size_t length)
{
	const char *quote = log_line_is_bare(text, length) ? "" : "\"";

	return log_line_put(line, " ") && log_line_put(line, key) && log_line_put(line, "=") &&
	       log_line_put(line, quote) && log_line_escaped(line, text, length, quote);
}

struct style {
	void (*start)(struct log_line *line, enum log_level level, const char *subsystem);
	const char *after_message;
	bool (*put_field)(struct log_line *line, const char *key, const char *text, size_t length);
	const char *end;
};

static const struct style json = { start_json, "\"", put_json_field, "}\n" };
static const struct style logfmt = { start_logfmt, "\"", put_logfmt_field, "\n" };
/* For people at a terminal: the same text without the fields that a person does not need. */
static const struct style coloured = { start_coloured, "\033[2m", put_logfmt_field, "\033[0m\n" };

static const struct style *current_style(void)
{
	if (sink.format == LOG_FORMAT_JSON)
		return &json;
	return sink.terminal ? &coloured : &logfmt;
}

/* A number that does not fit is omitted: part of it would be a different number. */
static bool put_number(struct log_line *line, const struct style *style,
		       const struct log_field *field)
{
	char digits[24];
	int length;

	if (field->kind == LOG_SIGNED)
		length = snprintf(digits, sizeof(digits), "%" PRId64, field->signed_number);
	else if (field->kind == LOG_HEX)
		length = snprintf(digits, sizeof(digits), "%016" PRIx64, field->number);
	else
		length = snprintf(digits, sizeof(digits), "%" PRIu64, field->number);
	if (line->size - line->length < strlen(field->key) + (size_t)length + FIELD_MARKS)
		return false;
	return style->put_field(line, field->key, digits, (size_t)length);
}

static bool put_text(struct log_line *line, const struct style *style,
		     const struct log_field *field)
{
	char value[VALUE_SIZE];
	size_t length = log_redact_copy(value, sizeof(value), field->text, field->length);

	return style->put_field(line, field->key, value, length);
}

/* Complete, or with its text cut between characters, or not at all. */
static void put_field(struct log_line *line, const struct style *style,
		      const struct log_field *field)
{
	size_t before = line->length;

	if (!(field->kind == LOG_TEXT ? put_text : put_number)(line, style, field))
		line->length = before;
}

static void put_message(struct log_line *line, const struct style *style, const char *message)
{
	char text[VALUE_SIZE];
	size_t length = log_redact_copy(text, sizeof(text), message, strlen(message));

	log_line_escaped(line, text, length, style->after_message);
}

/* The line's context, and what closes the line. */
static void put_end(struct log_line *end, const struct style *style)
{
	size_t kept = strlen(style->end);
	struct log_field trace = log_text("trace_id", context.trace);
	struct log_field module = log_text("module", context.module);

	end->size -= kept;
	if (trace.length > 0)
		put_field(end, style, &trace);
	if (context.module)
		put_field(end, style, &module);
	end->size += kept;
	log_line_put(end, style->end);
}

void log_write(enum log_level level, const char *subsystem, const char *message,
	       const struct log_field *fields)
{
	char bytes[LINE_SIZE], end_bytes[END_SIZE];
	struct log_line line = { .bytes = bytes, .size = sizeof(bytes) };
	struct log_line end = { .bytes = end_bytes, .size = sizeof(end_bytes) };
	const struct style *style = current_style();

	put_end(&end, style);
	line.size -= end.length;
	style->start(&line, level, subsystem);
	put_message(&line, style, message);
	for (const struct log_field *field = fields; field->key; field++)
		put_field(&line, style, field);
	line.size += end.length;
	log_line_bytes(&line, end.bytes, end.length);
	if (write(STDERR_FILENO, line.bytes, line.length) < 0)
		atomic_fetch_add(sink.lost, 1);
}

void panic_at(const char *file, int line, const char *function, const char *format, ...)
{
	char text[PANIC_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_redact_copy(panic_text, sizeof(panic_text), text, strlen(text));
	log_write(LOG_LEVEL_ERROR, "panic", panic_text,
		  (const struct log_field[]) { log_text("file", file), log_signed("line", line),
					       log_text("function", function), LOG_END });
	abort();
}

const char *panic_message(void)
{
	return panic_text;
}

void log_exit(int exit_code, const char *subsystem, const char *message,
	      const struct log_field *fields)
{
	log_write(LOG_LEVEL_ERROR, subsystem, message, fields);
	fflush(stdout);
	/* Not exit(): other threads go on, and libraries' exit handlers free what these use. */
	quick_exit(exit_code);
}
