/* pattern.h - regular expressions: PCRE2's only user. They see bytes, so that any text will do,
 * UTF-8 or not; letters are those of ASCII and match in both cases. Without PCRE2's JIT, which
 * needs memory that is writable and executable: the systemd units forbid that. */
#ifndef CRASHD_PATTERN_H
#define CRASHD_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#include "common/pack.h"
#include "common/why.h"

struct pattern;

/* What a search may cost at each place where a match might begin: pcre2api(3), "The match context".
 */
struct pattern_limits {
	uint32_t steps;
	uint32_t depth; /* of what is remembered to try the next way */
	uint32_t heap_kib;
};

/* A hundred times and more what crashd's own patterns need. */
extern const struct pattern_limits pattern_default_limits;

enum pattern_result {
	PATTERN_NONE,
	PATTERN_FOUND,
	PATTERN_LIMIT, /* not known: the search ended at a limit */
};

/* NULL when the expression is not valid. */
MUST_CHECK struct pattern *pattern_compile(const char *expression,
					   const struct pattern_limits *limits, struct why *why);
void pattern_destroy(struct pattern *pattern);
/* The first match that begins at `from` or later and is not empty. What lies before is seen too by
 * an expression that looks back. */
MUST_CHECK enum pattern_result pattern_find(struct pattern *pattern, struct text text, size_t from,
					    struct text *found);

#endif
