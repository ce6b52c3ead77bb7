/* substitution.h - sed's s command: read from a text, applied to another. */
#ifndef WORKERS_MODULES_TOOLS_SUBSTITUTION_H
#define WORKERS_MODULES_TOOLS_SUBSTITUTION_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/module.h"

#define SUBSTITUTIONS_MAX 16          /* in one message */
#define SUBSTITUTION_PART_MAX 4000    /* bytes of a pattern or a replacement */
#define SUBSTITUTION_RESULT_MAX 16384 /* bytes */
#define SUBSTITUTION_BUDGET_MS 40     /* of the processor, for all of a message */

/* One s/pattern/replacement/flags. */
struct substitution {
	const char *pattern;     /* PCRE2's syntax */
	const char *replacement; /* PCRE2's extended syntax, made of sed's */
	uint32_t options;        /* PCRE2_CASELESS and its like */
	int64_t nth;             /* the first match that is replaced, from 1 */
	bool all;                /* that one and those after it */
};

enum substitution_fault {
	SUBSTITUTION_FINE,
	SUBSTITUTION_NONE,     /* the text is nothing of the kind */
	SUBSTITUTION_FLAG,     /* `detail` begins with the flag that there is not */
	SUBSTITUTION_TOO_MANY, /* commands */
	SUBSTITUTION_TOO_LONG, /* a pattern or a replacement */
	SUBSTITUTION_NO_END,   /* `detail` stands where the next command should begin */
	SUBSTITUTION_PATTERN,  /* `detail` says what is wrong, in English, `place` where */
	SUBSTITUTION_FAILED,   /* `detail` says why, in English */
	SUBSTITUTION_TOO_SLOW,
	SUBSTITUTION_TOO_LARGE, /* the result */
};

struct substitution_problem {
	enum substitution_fault fault;
	int64_t place; /* characters of the pattern */
	char detail[128];
};

/* Reads "s/a/b/g; s|c|d|": slashes, bars or hashes, a semicolon or a new line between commands.
 * Returns how many there are; 0: see `problem`. */
size_t substitutions_read(struct ctx *ctx, const char *text,
			  struct substitution out[SUBSTITUTIONS_MAX],
			  struct substitution_problem *problem);

/* The text as the commands make it, one after the other; `text` itself where nothing matches. NULL:
 * see `problem`. What people wrote cannot take longer than SUBSTITUTION_BUDGET_MS. */
const char *substitutions_apply(struct ctx *ctx, const struct substitution *list, size_t count,
				const char *text, struct substitution_problem *problem);

#endif
