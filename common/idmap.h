/* idmap.h - a hash table from 64-bit ids to pointers, for the parent's and the sender's books. */
#ifndef COMMON_IDMAP_H
#define COMMON_IDMAP_H

#include <stddef.h>
#include <stdint.h>

struct idmap {
	struct idmap_entry *entries;
	size_t capacity; /* power of two, or 0 */
	size_t count;
};

/* A zeroed struct idmap is empty. */
void idmap_finish(struct idmap *map);
/* NULL when it is not there. */
void *idmap_find(const struct idmap *map, uint64_t id);
/* `value` is not NULL; the id must not be there yet. */
void idmap_add(struct idmap *map, uint64_t id, void *value);
/* Returns what was there, or NULL. */
void *idmap_remove(struct idmap *map, uint64_t id);
/* Walks over all entries: start with *at = 0; NULL at the end. Nothing may be added or removed
 * meanwhile. */
void *idmap_next(const struct idmap *map, size_t *at);

#endif
