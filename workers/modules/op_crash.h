/* op_crash.h - attributes that keep the compiler from removing or merging what op_crash.c does on
 * purpose, and what differs between machines. */
#ifndef WORKERS_MODULES_OP_CRASH_H
#define WORKERS_MODULES_OP_CRASH_H

#include <signal.h>

/* noipa also hides what the function does from its callers; clang has no noipa. */
#if defined(__clang__)
#define CRASHES __attribute__((noinline, optnone, used))
#else
#define CRASHES __attribute__((noipa, noinline, used))
#endif

/* For functions whose fault a sanitizer would report first, in its own form. */
#define UNCHECKED __attribute__((no_sanitize("address", "undefined")))

/* Other machines than x86 divide by zero silently. */
#if defined(__x86_64__) || defined(__i386__)
#define DIVIDE(a, b) ((a) / (b))
#define ILLEGAL_INSTRUCTION() __asm__ volatile("ud2")
#elif defined(__aarch64__)
#define DIVIDE(a, b) (raise(SIGFPE), (a) + (b))
#define ILLEGAL_INSTRUCTION() __asm__ volatile("udf #0")
#else
#define DIVIDE(a, b) (raise(SIGFPE), (a) + (b))
#define ILLEGAL_INSTRUCTION() raise(SIGILL)
#endif

#endif
