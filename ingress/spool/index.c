/* index.c - see index.h. */
#include "ingress/spool/index.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#define PAGE_PLACES 64u
#define CAPACITY_MIN 64u

struct index_page {
	uint64_t number; /* seq / PAGE_PLACES */
	uint64_t live;   /* a bit per place */
	struct place places[PAGE_PLACES];
};

static size_t hash(uint64_t key, size_t capacity)
{
	return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (capacity - 1);
}

/* --- updates ---------------------------------------------------------------------------------- */

void spool_index_finish(struct spool_index *index)
{
	for (size_t i = 0; i < index->capacity; i++)
		free(index->slots[i]);
	free(index->slots);
	*index = (struct spool_index) { 0 };
}

/* The slot of a page, or the free one where it belongs. */
static size_t slot_of(const struct spool_index *index, uint64_t number)
{
	size_t at = hash(number, index->capacity);

	while (index->slots[at] && index->slots[at]->number != number)
		at = (at + 1) & (index->capacity - 1);
	return at;
}

static struct index_page *find_page(const struct spool_index *index, uint64_t number)
{
	return index->capacity ? index->slots[slot_of(index, number)] : NULL;
}

static void resize(struct spool_index *index, size_t capacity)
{
	struct index_page **old = index->slots;
	size_t old_capacity = index->capacity;

	index->slots = xcalloc(capacity, sizeof(*index->slots));
	index->capacity = capacity;
	for (size_t i = 0; i < old_capacity; i++)
		if (old[i])
			index->slots[slot_of(index, old[i]->number)] = old[i];
	free(old);
}

static struct index_page *require_page(struct spool_index *index, uint64_t number)
{
	struct index_page *page = find_page(index, number);

	if (page)
		return page;
	if (2 * (index->pages + 1) > index->capacity)
		resize(index, index->capacity ? 2 * index->capacity : CAPACITY_MIN);
	page = xmalloc(sizeof(*page));
	page->number = number;
	index->slots[slot_of(index, number)] = page;
	index->pages++;
	return page;
}

/* Frees the slot and moves up what was pushed behind it. */
static void remove_page(struct spool_index *index, uint64_t number)
{
	size_t mask = index->capacity - 1, hole = slot_of(index, number);

	free(index->slots[hole]);
	index->pages--;
	for (size_t at = (hole + 1) & mask; index->slots[at]; at = (at + 1) & mask) {
		size_t home = hash(index->slots[at]->number, index->capacity);

		if (((at - home) & mask) >= ((at - hole) & mask)) {
			index->slots[hole] = index->slots[at];
			hole = at;
		}
	}
	index->slots[hole] = NULL;
}

const struct place *spool_index_find(const struct spool_index *index, uint64_t seq)
{
	const struct index_page *page = find_page(index, seq / PAGE_PLACES);

	if (!page || !(page->live >> seq % PAGE_PLACES & 1))
		return NULL;
	return &page->places[seq % PAGE_PLACES];
}

void spool_index_set(struct spool_index *index, uint64_t seq, struct place place)
{
	struct index_page *page = require_page(index, seq / PAGE_PLACES);
	uint64_t bit = UINT64_C(1) << seq % PAGE_PLACES;

	index->count += !(page->live & bit);
	page->live |= bit;
	page->places[seq % PAGE_PLACES] = place;
}

void spool_index_remove(struct spool_index *index, uint64_t seq)
{
	struct index_page *page = find_page(index, seq / PAGE_PLACES);
	uint64_t bit = UINT64_C(1) << seq % PAGE_PLACES;

	if (!page || !(page->live & bit))
		return;
	page->live &= ~bit;
	index->count--;
	if (!page->live)
		remove_page(index, page->number);
}

static int compare_pages(const void *a, const void *b)
{
	const struct index_page *const *left = a, *const *right = b;

	return ((*left)->number > (*right)->number) - ((*left)->number < (*right)->number);
}

void spool_index_each(const struct spool_index *index, spool_index_fn *fn, void *owner)
{
	struct index_page **pages = xcalloc(index->pages, sizeof(*pages));
	size_t count = 0;

	for (size_t i = 0; i < index->capacity; i++)
		if (index->slots[i])
			pages[count++] = index->slots[i];
	qsort(pages, count, sizeof(*pages), compare_pages);
	for (size_t i = 0; i < count; i++)
		for (uint64_t live = pages[i]->live; live; live &= live - 1) {
			unsigned at = (unsigned)__builtin_ctzll(live);

			fn(owner, pages[i]->number * PAGE_PLACES + at, &pages[i]->places[at]);
		}
	free(pages);
}

/* --- sightings -------------------------------------------------------------------------------- */

void sighting_index_finish(struct sighting_index *index)
{
	free(index->slots);
	*index = (struct sighting_index) { 0 };
}

static size_t sighting_home(const struct sighting_index *index, uint32_t scope, int64_t id)
{
	return hash((uint64_t)id * 4 + scope, index->capacity);
}

static size_t sighting_slot(const struct sighting_index *index, uint32_t scope, int64_t id)
{
	size_t at = sighting_home(index, scope, id);

	while (index->slots[at].place.segment &&
	       (index->slots[at].id != id || index->slots[at].scope != scope))
		at = (at + 1) & (index->capacity - 1);
	return at;
}

struct sighting_place *sighting_index_find(const struct sighting_index *index, uint32_t scope,
					   int64_t id)
{
	struct sighting_place *slot;

	if (!index->capacity)
		return NULL;
	slot = &index->slots[sighting_slot(index, scope, id)];
	return slot->place.segment ? slot : NULL;
}

static void sighting_resize(struct sighting_index *index, size_t capacity)
{
	struct sighting_index larger = { xcalloc(capacity, sizeof(*larger.slots)), capacity,
					 index->count };

	for (size_t i = 0; i < index->capacity; i++) {
		const struct sighting_place *place = &index->slots[i];

		if (place->place.segment)
			larger.slots[sighting_slot(&larger, place->scope, place->id)] = *place;
	}
	free(index->slots);
	*index = larger;
}

void sighting_index_set(struct sighting_index *index, const struct sighting_place *place)
{
	struct sighting_place *slot;

	if (4 * (index->count + 1) > 3 * index->capacity)
		sighting_resize(index, index->capacity ? 2 * index->capacity : CAPACITY_MIN);
	slot = &index->slots[sighting_slot(index, place->scope, place->id)];
	index->count += !slot->place.segment;
	*slot = *place;
}

void sighting_index_remove(struct sighting_index *index, uint32_t scope, int64_t id)
{
	size_t mask = index->capacity - 1, hole;

	if (!sighting_index_find(index, scope, id))
		return;
	hole = sighting_slot(index, scope, id);
	index->count--;
	for (size_t at = (hole + 1) & mask; index->slots[at].place.segment; at = (at + 1) & mask) {
		size_t home = sighting_home(index, index->slots[at].scope, index->slots[at].id);

		if (((at - home) & mask) >= ((at - hole) & mask)) {
			index->slots[hole] = index->slots[at];
			hole = at;
		}
	}
	index->slots[hole].place.segment = 0;
}
