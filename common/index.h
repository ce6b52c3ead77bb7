/* index.h - a hash index from 64-bit keys to positions in an array, for lanes and updates in hand.
 */
#ifndef COMMON_INDEX_H
#define COMMON_INDEX_H

#include <stddef.h>
#include <stdint.h>

#define INDEX_NONE UINT32_MAX

/* Zeroed is empty and ready. Linear probing; 12 bytes a cell, at most two thirds in use. */
struct index {
	uint64_t *keys;
	uint32_t *values; /* INDEX_NONE: empty */
	size_t cells;     /* a power of two, or 0 */
	size_t count;
};

void index_finish(struct index *index);
/* INDEX_NONE when the key is not there. */
uint32_t index_find(const struct index *index, uint64_t key);
/* Sets or replaces; `value` is not INDEX_NONE. */
void index_set(struct index *index, uint64_t key, uint32_t value);
/* A key that is not there is allowed. */
void index_remove(struct index *index, uint64_t key);

#endif
