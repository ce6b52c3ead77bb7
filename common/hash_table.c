/* hash_table.c - what of hash_table.h need not be inline. */
#include "common/hash_table.h"

#include <stdlib.h>

#include "common/xalloc.h"

#define CAPACITY_MIN 16

uint64_t hash_bytes(const void *bytes, size_t size, uint64_t seed)
{
	const unsigned char *at = bytes;
	uint64_t hash = hash_mix(seed, size);

	while (size > 0) {
		size_t part = size < sizeof(uint64_t) ? size : sizeof(uint64_t);
		uint64_t word = 0;

		memcpy(&word, at, part);
		hash = hash_mix(hash, word);
		at += part;
		size -= part;
	}
	return hash;
}

unsigned char *hash_table_cells(size_t capacity, size_t cell_size)
{
	return xcalloc(capacity, cell_size);
}

void hash_table_finish(struct hash_table *table)
{
	free(table->cells);
	*table = (struct hash_table) { 0 };
}

size_t hash_table_capacity(size_t count)
{
	size_t capacity = CAPACITY_MIN;

	while (4 * count > 3 * capacity)
		capacity *= 2;
	return capacity;
}
