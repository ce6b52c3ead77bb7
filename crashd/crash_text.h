/* crash_text.h - describes a crash in words, from the kind of end, its signal and libc's
 * message. */
#ifndef CRASHD_CRASH_TEXT_H
#define CRASHD_CRASH_TEXT_H

#include "common/arena.h"
#include "common/capture.h"
#include "crashd/frame.h"

/* "SIGSEGV", "abort:stack smashing", "assert", "panic", "handler timeout", "exit(3)", "killed",
 * "memory limit", "handler error": reports are grouped by it, so it contains no addresses. */
const char *crash_text_type(const struct capture *capture, const struct frames *frames,
			    struct arena *arena);
/* "null pointer read at 0x8 in store_field"; without the function where it is unknown. The
 * program's own text is not included: that is capture->message. */
const char *crash_text_describe(const struct capture *capture, struct text function,
				struct arena *arena);
/* "SIGSEGV", or "signal 63". */
const char *crash_text_signal(int signo, struct arena *arena);

#endif
