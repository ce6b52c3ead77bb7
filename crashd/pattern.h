/* pattern.h - regular expressions. Only pattern.c uses PCRE2. They match bytes, so any text will
 * do, UTF-8 or not; letters are ASCII and case does not matter. Without PCRE2's JIT, which needs
 * memory that is writable and executable: the systemd units forbid that. */
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
	uint32_t depth; /* of backtracking points */
	uint32_t heap_kib;
};

/* At least a hundred times what crashd's own patterns need. */
extern const struct pattern_limits pattern_default_limits;

enum pattern_result {
	PATTERN_NONE,
	PATTERN_FOUND,
	PATTERN_LIMIT, /* unknown: the search hit a limit */
};

/* NULL when the expression is not valid. */
MUST_CHECK struct pattern *pattern_compile(const char *expression,
					   const struct pattern_limits *limits, struct why *why);
void pattern_destroy(struct pattern *pattern);
/* The first non-empty match that begins at `from` or later. A look-behind also sees the text before
 * `from`. */
MUST_CHECK enum pattern_result pattern_find(struct pattern *pattern, struct text text, size_t from,
					    struct text *found);

#endif
