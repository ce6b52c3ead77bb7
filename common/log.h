/* log.h - one line per event on stderr, logfmt or JSON, for all programs.
 *
 * error: someone must act; warn: went on; notice: state change; debug. Library code does not log:
 * the level that handles a failure does, once. No secrets (log_secret() hides those that slip
 * through), no message text, at any level.
 *
 *     log_warn("cannot reach Redis", log_text("error", why.text), log_unsigned("retry_ms", n));
 *
 * The message and the keys are literals, the values may be anything: they are redacted, cut at 2
 * KiB and escaped, in this order. A line has at most 4 KiB; fields that do not fit are left out. A
 * .c file that logs defines LOG_SUBSYSTEM after its includes. */
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

/* Whether lines are for people at a terminal, as the first log_open() found it. */
bool log_is_terminal(void);
/* From now on lost lines are counted in `lost`, which lives for ever, and whether there is a
 * terminal is no longer asked of the descriptor. */
void log_share(_Atomic uint64_t *lost, bool terminal);

/* Text that must never be printed; up to 16, each of at least 4 characters, copied. Anything shaped
 * like a bot token (digits:35 characters) is hidden as well. */
void log_secret(const char *secret);
/* Replaces registered secrets and token shapes in `text` by "***", in place; returns text. For
 * texts from outside (errors of libraries) that leave the process other than through the log. */
char *log_redact(char *text);
/* The same into `out`, where it is cut between characters to less than `size` bytes and ended with
 * a NUL; returns its length. A secret that the cut would leave a part of is hidden, too. */
size_t log_redact_copy(char *out, size_t size, const char *text, size_t length);

/* Context of the lines that follow, until changed; NULL ends it. `module` is borrowed. */
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
/* What the macros below call. `fields` end with one that has no key. */
void log_write(enum log_level level, const char *subsystem, const char *message,
	       const struct log_field *fields);

/* Of `message, fields`; both take one argument more than they use, since C17 wants one for `...`.
 * The empty text before the message lets nothing but a literal pass. */
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

/* We are wrong: logs, then abort(), which the crash capture reports. */
_Noreturn void panic_at(const char *file, int line, const char *function, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
#define panic(...) panic_at(__FILE__, __LINE__, __func__, __VA_ARGS__)
/* The text of the last panic of this process, for the capture; "" when there was none. */
const char *panic_message(void);

/* The world is wrong and this process cannot go on: logs and exits with a sysexits(3) code. */
_Noreturn void log_exit(int exit_code, const char *subsystem, const char *message,
			const struct log_field *fields);
#define fatal(exit_code, ...)                                          \
	log_exit(exit_code, LOG_SUBSYSTEM, LOG_MESSAGE(__VA_ARGS__, ), \
		 LOG_FIELDS(__VA_ARGS__, LOG_END))

#endif
