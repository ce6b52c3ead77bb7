/* why.h - the reason why an operation failed, as text in the caller's struct. */
#ifndef COMMON_WHY_H
#define COMMON_WHY_H

#include <stdbool.h>
#include <stddef.h>

#define WHY_SIZE 512

struct why {
	char text[WHY_SIZE];
};

/* Writes the reason and returns false, so that `return why_set(why, …)` reads well. `why` may be
 * NULL. Of a reason that is too long the middle is left out (why_fit()). */
bool why_set(struct why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the existing reason; returns false. */
bool why_prefix(struct why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Copies a reason to where there may be less room. Of one that is too long the middle is left out:
 * its last words are the cause, before them is often a path. `size` is at least 16. */
void why_fit(char *out, size_t size, const char *text);

#define MUST_CHECK __attribute__((warn_unused_result))

#endif
