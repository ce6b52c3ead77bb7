#include "simulator/id_map.h"

#include <stdlib.h>

#include "common/xalloc.h"

static size_t slot_of(const struct id_map *map, int64_t key)
{
	uint64_t hash = (uint64_t)key * 0x9e3779b97f4a7c15u;
	size_t slot = (size_t)(hash >> 20) & (map->capacity - 1);

	while (map->slots[slot].value && map->slots[slot].key != key)
		slot = (slot + 1) & (map->capacity - 1);
	return slot;
}

static void grow(struct id_map *map)
{
	struct id_map old = *map;

	map->capacity = old.capacity ? 2 * old.capacity : 64;
	map->slots = xcalloc(map->capacity, sizeof(*map->slots));
	for (size_t i = 0; i < old.capacity; i++) {
		if (old.slots[i].value)
			map->slots[slot_of(map, old.slots[i].key)] = old.slots[i];
	}
	free(old.slots);
}

void id_map_finish(struct id_map *map)
{
	free(map->slots);
	*map = (struct id_map) { 0 };
}

void *id_map_find(const struct id_map *map, int64_t key)
{
	return map->capacity ? map->slots[slot_of(map, key)].value : NULL;
}

void id_map_set(struct id_map *map, int64_t key, void *value)
{
	struct id_slot *slot;

	if (2 * (map->count + 1) > map->capacity)
		grow(map);
	slot = &map->slots[slot_of(map, key)];
	if (!slot->value)
		map->count++;
	slot->key = key;
	slot->value = value;
}
