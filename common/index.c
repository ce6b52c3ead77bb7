/* index.c - open addressing with removal by shifting back, so that it never fills with tombstones.
 */
#include "common/index.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#define CELLS_MIN 64

void index_finish(struct index *index)
{
	free(index->keys);
	free(index->values);
	*index = (struct index) { 0 };
}

/* Fibonacci hashing: spool numbers count up by one, lane keys are hashes already. */
static size_t home_of(const struct index *index, uint64_t key)
{
	return (size_t)((key * 0x9e3779b97f4a7c15u) >> 20) & (index->cells - 1);
}

static size_t cell_of(const struct index *index, uint64_t key)
{
	size_t cell = home_of(index, key);

	while (index->values[cell] != INDEX_NONE && index->keys[cell] != key)
		cell = (cell + 1) & (index->cells - 1);
	return cell;
}

uint32_t index_find(const struct index *index, uint64_t key)
{
	return index->cells ? index->values[cell_of(index, key)] : INDEX_NONE;
}

static void resize(struct index *index, size_t cells)
{
	struct index bigger = { .cells = cells, .count = index->count };

	bigger.keys = xcalloc(cells, sizeof(*bigger.keys));
	bigger.values = xcalloc(cells, sizeof(*bigger.values));
	memset(bigger.values, 0xff, cells * sizeof(*bigger.values));
	for (size_t i = 0; i < index->cells; i++) {
		if (index->values[i] == INDEX_NONE)
			continue;
		size_t cell = cell_of(&bigger, index->keys[i]);
		bigger.keys[cell] = index->keys[i];
		bigger.values[cell] = index->values[i];
	}
	index_finish(index);
	*index = bigger;
}

void index_set(struct index *index, uint64_t key, uint32_t value)
{
	if (index->cells < CELLS_MIN)
		resize(index, CELLS_MIN);
	else if (3 * (index->count + 1) > 2 * index->cells)
		resize(index, 2 * index->cells);

	size_t cell = cell_of(index, key);
	if (index->values[cell] == INDEX_NONE)
		index->count++;
	index->keys[cell] = key;
	index->values[cell] = value;
}

void index_remove(struct index *index, uint64_t key)
{
	if (index->cells == 0)
		return;

	size_t mask = index->cells - 1;
	size_t hole = cell_of(index, key);
	if (index->values[hole] == INDEX_NONE)
		return;
	index->count--;
	for (size_t next = (hole + 1) & mask; index->values[next] != INDEX_NONE;
	     next = (next + 1) & mask) {
		size_t home = home_of(index, index->keys[next]);
		/* The entry may move back only if its home is not after the hole. */
		if (((next - home) & mask) < ((next - hole) & mask))
			continue;
		index->keys[hole] = index->keys[next];
		index->values[hole] = index->values[next];
		hole = next;
	}
	index->values[hole] = INDEX_NONE;
}
