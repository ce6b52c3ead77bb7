/* idmap.c - linear probing, backward-shift deletion, at most three quarters full. */
#include "common/idmap.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/xalloc.h"

struct idmap_entry {
	uint64_t id;
	void *value; /* NULL: free */
};

/* The finalizer of MurmurHash3: ids of updates and chats are close together. */
static size_t home_of(const struct idmap *map, uint64_t id)
{
	id ^= id >> 33;
	id *= 0xff51afd7ed558ccdULL;
	id ^= id >> 33;
	id *= 0xc4ceb9fe1a85ec53ULL;
	id ^= id >> 33;
	return (size_t)id & (map->capacity - 1);
}

static size_t next_of(const struct idmap *map, size_t at)
{
	return (at + 1) & (map->capacity - 1);
}

/* Where the id is, or the free entry where it belongs. */
static size_t place_of(const struct idmap *map, uint64_t id)
{
	size_t at = home_of(map, id);

	while (map->entries[at].value && map->entries[at].id != id)
		at = next_of(map, at);
	return at;
}

static void grow(struct idmap *map)
{
	struct idmap old = *map;

	map->capacity = old.capacity ? old.capacity * 2 : 64;
	map->entries = xcalloc(map->capacity, sizeof(*map->entries));
	for (size_t i = 0; i < old.capacity; i++)
		if (old.entries[i].value)
			map->entries[place_of(map, old.entries[i].id)] = old.entries[i];
	free(old.entries);
}

void idmap_finish(struct idmap *map)
{
	free(map->entries);
	*map = (struct idmap) { 0 };
}

void *idmap_find(const struct idmap *map, uint64_t id)
{
	return map->count ? map->entries[place_of(map, id)].value : NULL;
}

void idmap_add(struct idmap *map, uint64_t id, void *value)
{
	size_t at;

	if ((map->count + 1) * 4 > map->capacity * 3)
		grow(map);
	at = place_of(map, id);
	if (map->entries[at].value)
		panic("an id is added twice");
	map->entries[at] = (struct idmap_entry) { .id = id, .value = value };
	map->count++;
}

/* Moves what follows a hole to where a search finds it without the entry that left. */
static void close_hole(struct idmap *map, size_t hole)
{
	for (size_t at = next_of(map, hole); map->entries[at].value; at = next_of(map, at)) {
		size_t home = home_of(map, map->entries[at].id);
		size_t mask = map->capacity - 1;

		/* Its home lies after the hole: it stays. */
		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		map->entries[hole] = map->entries[at];
		map->entries[at].value = NULL;
		hole = at;
	}
}

void *idmap_remove(struct idmap *map, uint64_t id)
{
	size_t at;
	void *value;

	if (!map->count)
		return NULL;
	at = place_of(map, id);
	value = map->entries[at].value;
	if (value) {
		map->entries[at].value = NULL;
		map->count--;
		close_hole(map, at);
	}
	return value;
}

void *idmap_next(const struct idmap *map, size_t *at)
{
	while (*at < map->capacity) {
		void *value = map->entries[(*at)++].value;

		if (value)
			return value;
	}
	return NULL;
}
