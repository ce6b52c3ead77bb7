/* log.h - one line per event on stderr, logfmt or JSON, for all programs.
 *
 * error: someone must act; warn: went on; notice: state change; debug. Library code does not log:
 * the level that handles a failure does, once. No secrets (log_secret() hides those that slip
 * through), no message text, at any level. Each .c file that logs defines LOG_SUBSYSTEM first. */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
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

/* Context of the lines that follow, until changed; NULL ends it. `module` is borrowed. */
void log_context_trace(const struct trace_id *trace);
void log_context_module(const char *module);

/* Extra fields after the message go into the format as key=value words:
 *     log_warn("cannot reach Redis error=\"%s\" retry_ms=%u", …)
 * In JSON the line's text is "msg". */
void log_at(enum log_level level, const char *subsystem, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool log_enabled(enum log_level level);

#define log_error(...) log_at(LOG_LEVEL_ERROR, LOG_SUBSYSTEM, __VA_ARGS__)
#define log_warn(...) log_at(LOG_LEVEL_WARN, LOG_SUBSYSTEM, __VA_ARGS__)
#define log_notice(...) log_at(LOG_LEVEL_NOTICE, LOG_SUBSYSTEM, __VA_ARGS__)
#define log_debug(...)                                                       \
	do {                                                                 \
		if (log_enabled(LOG_LEVEL_DEBUG))                            \
			log_at(LOG_LEVEL_DEBUG, LOG_SUBSYSTEM, __VA_ARGS__); \
	} while (0)

/* We are wrong: logs, then abort(), which the crash capture reports. */
_Noreturn void panic_at(const char *file, int line, const char *function, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
#define panic(...) panic_at(__FILE__, __LINE__, __func__, __VA_ARGS__)
/* The text of the last panic of this process, for the capture; "" when there was none. */
const char *panic_message(void);

/* The world is wrong and this process cannot go on: logs and exits with a sysexits(3) code. */
_Noreturn void fatal_at(int exit_code, const char *subsystem, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
#define fatal(exit_code, ...) fatal_at(exit_code, LOG_SUBSYSTEM, __VA_ARGS__)

#endif
