/* id_map.h - a hash table from a 64-bit key to a pointer; entries are replaced, never removed. */
#ifndef SIMULATOR_ID_MAP_H
#define SIMULATOR_ID_MAP_H

#include <stddef.h>
#include <stdint.h>

struct id_slot {
	int64_t key;
	void *value; /* NULL: free */
};

struct id_map {
	struct id_slot *slots;
	size_t capacity; /* a power of two, 0 at first */
	size_t count;
};

void id_map_finish(struct id_map *map);
void *id_map_find(const struct id_map *map, int64_t key);
/* `value` is not NULL. */
void id_map_set(struct id_map *map, int64_t key, void *value);

#endif
