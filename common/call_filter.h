/* call_filter.h - which system calls a process may make from now on: a policy compiled to a seccomp
 * filter (seccomp(2), classic BPF).
 *
 * A refused call fails with EPERM and nothing else happens. Calls of another architecture (32-bit,
 * x32) are refused too: there the numbers mean something else. */
#ifndef COMMON_CALL_FILTER_H
#define COMMON_CALL_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/why.h"

enum call_rule_kind {
	CALL_ALLOW,
	CALL_REFUSE,
	CALL_UNKNOWN,        /* ENOSYS, as of an older kernel: libc then does without */
	CALL_OF_ITSELF,      /* its first argument must be this process */
	CALL_OF_CALLER,      /* its first argument must be 0, which means the caller */
	CALL_WITHOUT_BITS,   /* `argument` may have none of the bits values[0] */
	CALL_WITHOUT_VALUES, /* `argument` may be none of the values */
	CALL_WITH_VALUES     /* `argument` must be one of the values */
};

/* Only the lower 32 bits of an argument are compared, as the kernel does for pids and commands. */
struct call_rule {
	int number; /* SYS_… */
	enum call_rule_kind kind;
	unsigned argument;
	const uint32_t *values;
	size_t values_count;
};

/* The rule that allows SYS_name; with <sys/syscall.h>. */
/* clang-format off */
#define ALLOW_CALL(name) { .number = SYS_##name, .kind = CALL_ALLOW }
/* clang-format on */

/* The order does not matter; a later rule for the same number takes the place of an earlier one. */
struct call_policy {
	const struct call_rule *rules;
	size_t count;
	enum call_rule_kind otherwise; /* CALL_ALLOW or CALL_REFUSE */
};

/* The last system call of Linux 6.1, the same on all architectures that matter. What is newer gets
 * the answer of that kernel, so that no call enters unseen with the next one. */
#define CALL_LAST_KNOWN 450

/* A compiled policy, for any number of processes. */
struct call_filter;

struct call_filter *call_filter_create(const struct call_policy *policy);
void call_filter_destroy(struct call_filter *filter);
/* For the calling process with all its threads, and for what it forks: in a copy "this process" is
 * still the original. Cannot be undone. Needs no_new_privs (program_harden()). */
MUST_CHECK bool call_filter_install(struct call_filter *filter, struct why *why);
/* The same of a policy that no other process has. */
MUST_CHECK bool call_filter_enter(const struct call_policy *policy, struct why *why);

#endif
