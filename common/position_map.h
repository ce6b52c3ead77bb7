/* position_map.h - a hash table from 64-bit keys to positions in an array, 12 bytes a cell. */
#ifndef COMMON_POSITION_MAP_H
#define COMMON_POSITION_MAP_H

#include "common/hash_table.h"

#define POSITION_NONE UINT32_MAX

/* A zeroed one is empty. */
struct position_map {
	struct hash_table table;
};

void position_map_finish(struct position_map *map);
/* POSITION_NONE when the key is not there. */
uint32_t position_map_find(const struct position_map *map, uint64_t key);
/* Adds or replaces; `position` is not POSITION_NONE. */
void position_map_set(struct position_map *map, uint64_t key, uint32_t position);
/* A key that is not there is allowed. */
void position_map_remove(struct position_map *map, uint64_t key);
/* Walks over all positions: start with *at = 0; POSITION_NONE at the end. Nothing may change
 * meanwhile. */
uint32_t position_map_next(const struct position_map *map, size_t *at);

#endif
