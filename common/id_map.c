/* id_map.c - cells of an id and a pointer, over hash_table.h. */
#include "common/id_map.h"

#include "common/log.h"

struct entry {
	uint64_t id;
	void *value; /* NULL: free */
};

static const void *key_of(const void *cell, const void *owner)
{
	const struct entry *entry = cell;

	(void)owner;
	return entry->value ? &entry->id : NULL;
}

static uint64_t hash_id(const void *key, const void *owner)
{
	(void)owner;
	return hash_number(*(const uint64_t *)key);
}

static bool same_id(const void *key, const void *other)
{
	return *(const uint64_t *)key == *(const uint64_t *)other;
}

static const struct hash_shape shape = { sizeof(struct entry), key_of, hash_id, same_id };

void id_map_finish(struct id_map *map)
{
	hash_table_finish(&map->table);
}

void *id_map_find(const struct id_map *map, uint64_t id)
{
	const struct entry *entry = hash_table_find(&map->table, &shape, &id, NULL);

	return entry ? entry->value : NULL;
}

void id_map_add(struct id_map *map, uint64_t id, void *value)
{
	struct entry *entry = hash_table_require(&map->table, &shape, &id, NULL);

	if (entry->value)
		panic("an id is added twice");
	*entry = (struct entry) { id, value };
}

void id_map_set(struct id_map *map, uint64_t id, void *value)
{
	struct entry *entry = hash_table_require(&map->table, &shape, &id, NULL);

	*entry = (struct entry) { id, value };
}

void *id_map_remove(struct id_map *map, uint64_t id)
{
	struct entry *entry = hash_table_find(&map->table, &shape, &id, NULL);
	void *value;

	if (!entry)
		return NULL;
	value = entry->value;
	hash_table_remove(&map->table, &shape, entry, NULL);
	return value;
}

void *id_map_next(const struct id_map *map, size_t *at, uint64_t *id)
{
	const struct entry *entry = hash_table_next(&map->table, &shape, at, NULL);

	if (!entry)
		return NULL;
	if (id)
		*id = entry->id;
	return entry->value;
}
