/* op_crash.h - what keeps the compiler from removing or merging what op_crash.c does on purpose,
 * and what differs between machines. */
#ifndef WORKERS_MODULES_OP_CRASH_H
#define WORKERS_MODULES_OP_CRASH_H

#include <signal.h>

/* noipa also keeps callers from reasoning about what the function does; clang has no noipa. */
#if defined(__clang__)
#define CRASHES __attribute__((noinline, optnone, used))
#else
#define CRASHES __attribute__((noipa, noinline, used))
#endif

/* What sanitizers would report first, in their own form. */
#define UNCHECKED __attribute__((no_sanitize("address", "undefined")))

/* Other machines divide by zero without a word. */
#if defined(__x86_64__) || defined(__i386__)
#define DIVIDE(a, b) ((a) / (b))
#define ILLEGAL_INSTRUCTION() __asm__ volatile("ud2")
#else
#define DIVIDE(a, b) (raise(SIGFPE), (a) + (b))
#define ILLEGAL_INSTRUCTION() raise(SIGILL)
#endif

#endif
