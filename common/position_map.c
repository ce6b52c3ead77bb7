/* position_map.c - cells of a key and a position, over hash_table.h. */
#include "common/position_map.h"

/* Packed: what the compiler would fill up is a quarter of a cell. */
struct __attribute__((packed, aligned(4))) entry {
	uint64_t key;
	uint32_t number; /* position + 1; 0: free, which is POSITION_NONE + 1 */
};

static const void *key_of(const void *cell, const void *owner)
{
	const struct entry *entry = cell;

	(void)owner;
	return entry->number ? entry : NULL;
}

/* Keys are entries of which only the key counts, for a packed member has no address to pass. */
static uint64_t hash_key(const void *key, const void *owner)
{
	(void)owner;
	return hash_number(((const struct entry *)key)->key);
}

static bool same_key(const void *key, const void *other)
{
	return ((const struct entry *)key)->key == ((const struct entry *)other)->key;
}

static const struct hash_shape shape = { sizeof(struct entry), key_of, hash_key, same_key };

static inline struct entry *find(const struct position_map *map, uint64_t key)
{
	return hash_table_find(&map->table, &shape, &(struct entry) { .key = key }, NULL);
}

void position_map_finish(struct position_map *map)
{
	hash_table_finish(&map->table);
}

uint32_t position_map_find(const struct position_map *map, uint64_t key)
{
	const struct entry *entry = find(map, key);

	return entry ? entry->number - 1 : POSITION_NONE;
}

void position_map_set(struct position_map *map, uint64_t key, uint32_t position)
{
	const struct entry wanted = { key, position + 1 };
	struct entry *entry = hash_table_require(&map->table, &shape, &wanted, NULL);

	*entry = wanted;
}

void position_map_remove(struct position_map *map, uint64_t key)
{
	struct entry *entry = find(map, key);

	if (entry)
		hash_table_remove(&map->table, &shape, entry, NULL);
}

uint32_t position_map_next(const struct position_map *map, size_t *at)
{
	const struct entry *entry = hash_table_next(&map->table, &shape, at, NULL);

	return entry ? entry->number - 1 : POSITION_NONE;
}
