/* hash_table.h - the hash table: linear probing, at most three quarters full, removal by shifting
 * back, so that it never fills with what was removed.
 *
 * What a cell holds is the user's affair: a pointer, a number, a whole entry. Nothing but the cells
 * is allocated. A const `struct hash_shape` says how to find the key in a cell; all that loops is
 * inline, so that the compiler builds it anew around each shape. Ready-made tables are id_map.h
 * (from numbers to pointers) and position_map.h (from numbers to positions).
 *
 * Hashes are not keyed for numbers that nobody outside can choose: those we count ourselves and ids
 * that Telegram gives out. For texts of users take hash_bytes() with a random seed. */
#ifndef COMMON_HASH_TABLE_H
#define COMMON_HASH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Zeroed is empty and ready. */
struct hash_table {
	unsigned char *cells;
	size_t capacity; /* cells: a power of two below 2^32, or 0 */
	size_t count;    /* of those that are used */
};

/* `owner` is what the caller passes to each function: where the cells' keys are, if not in them. */
struct hash_shape {
	size_t cell_size;
	/* The key of a cell; NULL when the cell is free. One of zeros is. */
	const void *(*key)(const void *cell, const void *owner);
	uint64_t (*hash)(const void *key, const void *owner);
	bool (*same)(const void *key, const void *other);
};

/* --- hashes ----------------------------------------------------------------------------------- */

/* Fibonacci hashing (Knuth 6.4): numbers that count up spread evenly. */
static inline uint64_t hash_number(uint64_t number)
{
	return number * UINT64_C(0x9e3779b97f4a7c15);
}

static inline uint64_t hash_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
	return hash ^ hash >> 32;
}

uint64_t hash_bytes(const void *bytes, size_t size, uint64_t seed);

#define HASH_INLINE static inline __attribute__((always_inline))

/* What the cells point to stays. */
void hash_table_finish(struct hash_table *table);

/* --- for the inline functions only ------------------------------------------------------------ */

/* Cells of zeros. */
unsigned char *hash_table_cells(size_t capacity, size_t cell_size);

HASH_INLINE void *hash_table_cell(const struct hash_table *table, const struct hash_shape *shape,
				  size_t at)
{
	return table->cells + at * shape->cell_size;
}

/* The high half of a product is the better one. */
HASH_INLINE size_t hash_table_home(const struct hash_table *table, const struct hash_shape *shape,
				   const void *key, const void *owner)
{
	return (size_t)(shape->hash(key, owner) >> 32) & (table->capacity - 1);
}

/* One of the two: the cell of a key, or the free one where it belongs. */
struct hash_probe {
	void *found, *free;
};

HASH_INLINE struct hash_probe hash_table_probe(const struct hash_table *table,
					       const struct hash_shape *shape, const void *key,
					       const void *owner)
{
	size_t at = hash_table_home(table, shape, key, owner);

	for (;; at = (at + 1) & (table->capacity - 1)) {
		void *cell = hash_table_cell(table, shape, at);
		const void *other = shape->key(cell, owner);

		if (!other)
			return (struct hash_probe) { .free = cell };
		if (shape->same(other, key))
			return (struct hash_probe) { .found = cell };
	}
}

HASH_INLINE void hash_table_resize(struct hash_table *table, const struct hash_shape *shape,
				   size_t capacity, const void *owner)
{
	struct hash_table larger = { hash_table_cells(capacity, shape->cell_size), capacity,
				     table->count };

	for (size_t i = 0; i < table->capacity; i++) {
		const void *cell = hash_table_cell(table, shape, i);
		const void *key = shape->key(cell, owner);

		if (key)
			memcpy(hash_table_probe(&larger, shape, key, owner).free, cell,
			       shape->cell_size);
	}
	hash_table_finish(table);
	*table = larger;
}

/* --- the table -------------------------------------------------------------------------------- */

/* The least capacity for `count` cells in use. */
size_t hash_table_capacity(size_t count);

/* Makes room for `count` cells in use, so that nothing is allocated until then. */
HASH_INLINE void hash_table_reserve(struct hash_table *table, const struct hash_shape *shape,
				    size_t count, const void *owner)
{
	size_t capacity = hash_table_capacity(count);

	if (capacity > table->capacity)
		hash_table_resize(table, shape, capacity, owner);
}

/* NULL when the key is not there. Cells move with the next change. */
HASH_INLINE void *hash_table_find(const struct hash_table *table, const struct hash_shape *shape,
				  const void *key, const void *owner)
{
	return table->count > 0 ? hash_table_probe(table, shape, key, owner).found : NULL;
}

/* The cell of a key; a new one is of zeros, and the caller writes the key into it at once. */
HASH_INLINE void *hash_table_require(struct hash_table *table, const struct hash_shape *shape,
				     const void *key, const void *owner)
{
	struct hash_probe probe;

	if (4 * (table->count + 1) > 3 * table->capacity)
		hash_table_resize(table, shape, hash_table_capacity(table->count + 1), owner);
	probe = hash_table_probe(table, shape, key, owner);
	if (probe.found)
		return probe.found;
	table->count++;
	return probe.free;
}

/* Takes out a cell that was found: what was pushed behind it moves up. */
HASH_INLINE void hash_table_remove(struct hash_table *table, const struct hash_shape *shape,
				   void *cell, const void *owner)
{
	size_t mask = table->capacity - 1;
	size_t hole = (size_t)((unsigned char *)cell - table->cells) / shape->cell_size;

	for (size_t at = (hole + 1) & mask;; at = (at + 1) & mask) {
		const void *next = hash_table_cell(table, shape, at);
		const void *key = shape->key(next, owner);

		if (!key)
			break;
		/* It may move up only if its home is not after the hole. */
		if (((at - hash_table_home(table, shape, key, owner)) & mask) <
		    ((at - hole) & mask))
			continue;
		memcpy(hash_table_cell(table, shape, hole), next, shape->cell_size);
		hole = at;
	}
	memset(hash_table_cell(table, shape, hole), 0, shape->cell_size);
	table->count--;
}

/* Walks over all cells in use: start with *at = 0; NULL at the end. Nothing may change meanwhile.
 */
HASH_INLINE void *hash_table_next(const struct hash_table *table, const struct hash_shape *shape,
				  size_t *at, const void *owner)
{
	while (*at < table->capacity) {
		void *cell = hash_table_cell(table, shape, (*at)++);

		if (shape->key(cell, owner))
			return cell;
	}
	return NULL;
}

#endif
