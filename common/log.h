/* log.h - one line per event on stderr, logfmt or JSON, for all programs.
 *
 * error: someone must act; warn: we carry on; notice: state change; debug. Library code does not
 * log: the level that handles a failure does, once. Never secrets (log_secret() hides those that
 * slip through) or message text, at any level.
 *
 *     log_warn("cannot reach Redis", log_text("error", why.text), log_unsigned("retry_ms", n));
 *
 * Messages and keys are literals; values may be anything: they are redacted, cut at 2 KiB and
 * escaped, in this order. A line has at most 4 KiB; fields that do not fit are omitted. A .c file
 * that logs defines LOG_SUBSYSTEM after its includes. */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/trace.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_NOTICE, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

void log_open(const char *process, enum log_format format, enum log_level level);

/* Whether the lines are for people at a terminal, as determined by the first log_open(). */
bool log_is_terminal(void);
/* From now on lost lines are counted in `lost`, which must live forever, and whether there is a
 * terminal is no longer asked of the descriptor. */
void log_share(_Atomic uint64_t *lost, bool terminal);

/* Text that must never be printed: up to 16, each of at least 4 characters, copied. Anything that
 * looks like a bot token (digits:35 characters) is hidden as well, and so is the login of a URL
 * (what is between :// and @). */
void log_secret(const char *secret);
/* Replaces registered secrets, tokens and logins in `text` by "***", in place; returns text. For
 * texts from outside (libraries' errors) that leave the process other than through the log. */
char *log_redact(char *text);
/* The same into `out`, cut between characters to less than `size` bytes and NUL-terminated; returns
 * its length. A secret that the cut would leave part of is hidden, too. */
size_t log_redact_copy(char *out, size_t size, const char *text, size_t length);

/* Context of the following lines, until changed; NULL clears it. `module` is borrowed. */
void log_context_trace(const struct trace_id *trace);
void log_context_module(const char *module);

/* --- fields, which only log.c reads ---------------------------------------------------------- */

struct log_field {
	const char *key; /* NULL: the end of the fields */
	enum { LOG_TEXT, LOG_UNSIGNED, LOG_SIGNED, LOG_HEX } kind;
	size_t length; /* of text */
	union {
		const char *text;
		uint64_t number;
		int64_t signed_number;
	};
};

/* `text` may be NULL, which is written as an empty value. */
struct log_field log_text(const char *key, const char *text);
struct log_field log_bytes(const char *key, const void *text, size_t length);
struct log_field log_unsigned(const char *key, uint64_t number);
struct log_field log_signed(const char *key, int64_t number);
/* Sixteen hexadecimal digits, as ids are written. */
struct log_field log_hex(const char *key, uint64_t number);

/* --- lines ------------------------------------------------------------------------------------ */

bool log_enabled(enum log_level level);
/* Called by the macros below. `fields` end with one that has no key. */
void log_write(enum log_level level, const char *subsystem, const char *message,
	       const struct log_field *fields);

/* Takes `message, fields`; both macros take one argument more than they use, because C17 requires
 * one for `...`. The empty text before the message permits only literals. */
#define LOG_MESSAGE(message, ...) "" message
#define LOG_FIELDS(message, ...) ((const struct log_field[]) { __VA_ARGS__ })
#define LOG_END ((struct log_field) { .key = NULL })

#define log_at(level, ...)                                                          \
	do {                                                                        \
		if (log_enabled(level))                                             \
			log_write(level, LOG_SUBSYSTEM, LOG_MESSAGE(__VA_ARGS__, ), \
				  LOG_FIELDS(__VA_ARGS__, LOG_END));                \
	} while (0)
#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_notice(...) log_at(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* A bug of ours: logs, then abort(), which the crash capture reports. */
_Noreturn void panic_at(const char *file, int line, const char *function, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
#define panic(...) panic_at(__FILE__, __LINE__, __func__, __VA_ARGS__)
/* The text of this process's last panic, for the capture; "" when there was none. */
const char *panic_message(void);

/* Something outside is wrong and this process cannot continue: logs and exits with a sysexits(3)
 * code. */
_Noreturn void log_exit(int exit_code, const char *subsystem, const char *message,
			const struct log_field *fields);
#define fatal(exit_code, ...)                                          \
	log_exit(exit_code, LOG_SUBSYSTEM, LOG_MESSAGE(__VA_ARGS__, ), \
		 LOG_FIELDS(__VA_ARGS__, LOG_END))

#endif
