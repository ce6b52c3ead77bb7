/* fold.h - texts as the eye reads them: without case, accents and invisible characters, letters of
 * other scripts as those that they look like; and cut into words. */
#ifndef WORKERS_MODULES_MODERATION_FOLD_H
#define WORKERS_MODULES_MODERATION_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What becomes of each character, as far as it was looked up. All modules of a process share it. */
struct folding;

/* The same one until all that asked for it have destroyed it. */
struct folding *folding_create(void);
void folding_destroy(struct folding *folding);

struct folded_word {
	uint32_t start, length; /* in characters */
	uint64_t hash;
};

/* A text in words, which are letters and digits together; a character of a script that has no
 * spaces between words, and a picture, is a word by itself. */
struct folded {
	uint16_t *characters; /* of all words, one after the other */
	size_t characters_count;
	struct folded_word *words;
	size_t words_count;
};

/* As many characters as the text has bytes are enough, and so many words. */
void fold_text(const struct folding *folding, const char *text, size_t size, struct folded *out);
/* One character of a pattern: 0 for what is no part of a word. */
uint16_t fold_character(const struct folding *folding, uint32_t code);

/* Of a word, and of one that follows another. */
uint64_t fold_hash(const uint16_t *characters, size_t count);
static inline uint64_t fold_hash_join(uint64_t before, uint64_t word)
{
	return (before ^ word) * UINT64_C(0x9e3779b97f4a7c15) + (before >> 31);
}

#endif
