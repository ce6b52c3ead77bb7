/* id_map.h - a hash table from 64-bit ids to pointers. */
#ifndef COMMON_ID_MAP_H
#define COMMON_ID_MAP_H

#include "common/hash_table.h"

/* A zeroed one is empty. */
struct id_map {
	struct hash_table table;
};

void id_map_finish(struct id_map *map);
/* NULL when it is not there. */
void *id_map_find(const struct id_map *map, uint64_t id);
/* `value` is not NULL; the id must not be there yet. */
void id_map_add(struct id_map *map, uint64_t id, void *value);
/* Adds or replaces; `value` is not NULL. */
void id_map_set(struct id_map *map, uint64_t id, void *value);
/* Returns what was there, or NULL. */
void *id_map_remove(struct id_map *map, uint64_t id);
/* Walks over all: start with *at = 0; NULL at the end. Nothing may be added or removed meanwhile.
 * `id` may be NULL. */
void *id_map_next(const struct id_map *map, size_t *at, uint64_t *id);

#endif
