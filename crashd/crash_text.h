/* crash_text.h - what happened, in words: the kind of end, its signal and libc's message. */
#ifndef CRASHD_CRASH_TEXT_H
#define CRASHD_CRASH_TEXT_H

#include "common/arena.h"
#include "common/capture.h"
#include "crashd/frame.h"

/* "SIGSEGV", "abort:stack smashing", "assert", "panic", "handler timeout", "exit(3)", "killed",
 * "memory limit", "handler error": groups reports, so without addresses. */
const char *crash_text_type(const struct capture *capture, const struct frames *frames,
			    struct arena *arena);
/* "null pointer read at 0x8 in store_field"; without a function where it is not known. No text that
 * the program made up; that is capture->message. */
const char *crash_text_describe(const struct capture *capture, struct text function,
				struct arena *arena);
/* "SIGSEGV", or "signal 63". */
const char *crash_text_signal(int signo, struct arena *arena);

#endif
