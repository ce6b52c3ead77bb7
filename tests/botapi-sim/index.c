#include "tests/botapi-sim/index.h"

#include <stdlib.h>

#include "common/xalloc.h"

static size_t slot_of(const struct index *index, int64_t key)
{
	uint64_t hash = (uint64_t)key * 0x9e3779b97f4a7c15u;
	size_t slot = (size_t)(hash >> 20) & (index->capacity - 1);

	while (index->slots[slot].value && index->slots[slot].key != key)
		slot = (slot + 1) & (index->capacity - 1);
	return slot;
}

static void grow(struct index *index)
{
	struct index old = *index;

	index->capacity = old.capacity ? 2 * old.capacity : 64;
	index->slots = xcalloc(index->capacity, sizeof(*index->slots));
	for (size_t i = 0; i < old.capacity; i++) {
		if (old.slots[i].value)
			index->slots[slot_of(index, old.slots[i].key)] = old.slots[i];
	}
	free(old.slots);
}

void index_finish(struct index *index)
{
	free(index->slots);
	*index = (struct index) { 0 };
}

void *index_find(const struct index *index, int64_t key)
{
	return index->capacity ? index->slots[slot_of(index, key)].value : NULL;
}

void index_set(struct index *index, int64_t key, void *value)
{
	struct index_slot *slot;

	if (2 * (index->count + 1) > index->capacity)
		grow(index);
	slot = &index->slots[slot_of(index, key)];
	if (!slot->value)
		index->count++;
	slot->key = key;
	slot->value = value;
}
