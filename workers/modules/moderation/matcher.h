/* matcher.h - finds which of many words, phrases and patterns a text has, in one pass over it,
 * however many they are. */
#ifndef WORKERS_MODULES_MODERATION_MATCHER_H
#define WORKERS_MODULES_MODERATION_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "workers/modules/moderation/fold.h"

/* An entry is one to MATCHER_WORDS_MAX words as they follow each other, folded as fold.h does. In a
 * word "*" stands for any characters and "?" for one; then one of the entry's words must have
 * MATCHER_RUN_MIN characters side by side without those. */
#define MATCHER_WORDS_MAX 8
#define MATCHER_RUN_MIN 3
#define MATCHER_ENTRIES_MAX 10000

/* What is being made; zeroed is empty. */
struct matcher_build {
	const struct folding *folding;
	struct buffer phrases, globs; /* rows */
	struct buffer texts;          /* of globs, folded */
	struct buffer offsets, names;
	size_t count;
};

/* Whether a text can be an entry. */
bool matcher_takes(const struct folding *folding, const char *entry);
/* Adds an entry, whose number is how many were added before; up to MATCHER_ENTRIES_MAX. What it
 * does not take matches nothing. */
void matcher_add(struct matcher_build *build, const char *entry);
/* The matcher as bytes without pointers; the build is empty then. */
void matcher_finish(struct matcher_build *build, struct buffer *out);

struct match {
	size_t entry;
	const char *name; /* as it was added; lives as long as the bytes */
};

/* The first match in the text; false: there is none. A matcher of no bytes has no entries. Whatever
 * patterns and text are, wildcards are tried for no more than MATCHER_STEPS_MAX characters. */
#define MATCHER_STEPS_MAX 50000
bool matcher_find(const struct folding *folding, const void *bytes, size_t size,
		  const struct folded *text, struct match *out);

#endif
