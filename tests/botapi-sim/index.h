/* index.h - a hash table from a 64-bit key to a pointer; entries are replaced, never removed. */
#ifndef BOTAPI_SIM_INDEX_H
#define BOTAPI_SIM_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct index_slot {
	int64_t key;
	void *value; /* NULL: free */
};

struct index {
	struct index_slot *slots;
	size_t capacity; /* a power of two, 0 at first */
	size_t count;
};

void index_finish(struct index *index);
void *index_find(const struct index *index, int64_t key);
/* `value` is not NULL. */
void index_set(struct index *index, int64_t key, void *value);

#endif
