/* why.h - the reason why an operation failed, as text in the caller's struct. */
#ifndef COMMON_WHY_H
#define COMMON_WHY_H

#include <stdbool.h>

#define WHY_SIZE 512

struct why {
	char text[WHY_SIZE];
};

/* Writes the reason and returns false, so that `return why_set(why, …)` reads well. `why` may be
 * NULL. Of a reason that is too long the middle is left out. */
bool why_set(struct why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the existing reason; returns false. */
bool why_prefix(struct why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define MUST_CHECK __attribute__((warn_unused_result))

#endif
