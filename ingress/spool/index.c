/* index.c - hash tables with linear probing and backward-shift deletion: pages of updates, and
 * sightings. */
#include "ingress/spool/index.h"

#include <stdlib.h>

#include "common/xalloc.h"

#define PAGE_PLACES 64u

struct index_page {
	uint64_t number; /* seq / PAGE_PLACES */
	uint64_t live;   /* a bit per place */
	struct place places[PAGE_PLACES];
};

/* --- updates ---------------------------------------------------------------------------------- */

/* Cells are pointers to pages. */
static const void *page_number(const void *cell, const void *owner)
{
	const struct index_page *page = *(struct index_page *const *)cell;

	(void)owner;
	return page ? &page->number : NULL;
}

static uint64_t hash_page_number(const void *key, const void *owner)
{
	(void)owner;
	return hash_number(*(const uint64_t *)key);
}

static bool same_page_number(const void *key, const void *other)
{
	return *(const uint64_t *)key == *(const uint64_t *)other;
}

static const struct hash_shape page_shape = { sizeof(struct index_page *), page_number,
					      hash_page_number, same_page_number };

static struct index_page *next_page(const struct spool_index *index, size_t *at)
{
	struct index_page **cell = hash_table_next(&index->pages, &page_shape, at, NULL);

	return cell ? *cell : NULL;
}

void spool_index_finish(struct spool_index *index)
{
	struct index_page *page;
	size_t at = 0;

	while ((page = next_page(index, &at)))
		free(page);
	hash_table_finish(&index->pages);
	*index = (struct spool_index) { 0 };
}

static inline struct index_page **find_page(const struct spool_index *index, uint64_t seq)
{
	uint64_t number = seq / PAGE_PLACES;

	return hash_table_find(&index->pages, &page_shape, &number, NULL);
}

static struct index_page *require_page(struct spool_index *index, uint64_t seq)
{
	uint64_t number = seq / PAGE_PLACES;
	struct index_page **cell = hash_table_require(&index->pages, &page_shape, &number, NULL);

	if (!*cell) {
		*cell = xmalloc(sizeof(**cell));
		(*cell)->number = number;
	}
	return *cell;
}

const struct place *spool_index_find(const struct spool_index *index, uint64_t seq)
{
	struct index_page *const *page = find_page(index, seq);

	if (!page || !((*page)->live >> seq % PAGE_PLACES & 1))
		return NULL;
	return &(*page)->places[seq % PAGE_PLACES];
}

void spool_index_set(struct spool_index *index, uint64_t seq, struct place place)
{
	struct index_page *page = require_page(index, seq);
	uint64_t bit = UINT64_C(1) << seq % PAGE_PLACES;

	index->count += !(page->live & bit);
	page->live |= bit;
	page->places[seq % PAGE_PLACES] = place;
}

void spool_index_remove(struct spool_index *index, uint64_t seq)
{
	struct index_page **cell = find_page(index, seq), *page;
	uint64_t bit = UINT64_C(1) << seq % PAGE_PLACES;

	if (!cell || !((*cell)->live & bit))
		return;
	page = *cell;
	page->live &= ~bit;
	index->count--;
	if (page->live)
		return;
	hash_table_remove(&index->pages, &page_shape, cell, NULL);
	free(page);
}

static int compare_pages(const void *a, const void *b)
{
	const struct index_page *const *left = a, *const *right = b;

	return ((*left)->number > (*right)->number) - ((*left)->number < (*right)->number);
}

void spool_index_each(const struct spool_index *index, spool_index_fn *fn, void *owner)
{
	struct index_page **pages = xcalloc(index->pages.count, sizeof(*pages));
	size_t count = index->pages.count, at = 0;

	for (size_t i = 0; i < count; i++)
		pages[i] = next_page(index, &at);
	qsort(pages, count, sizeof(*pages), compare_pages);
	for (size_t i = 0; i < count; i++)
		for (uint64_t live = pages[i]->live; live; live &= live - 1) {
			unsigned place = (unsigned)__builtin_ctzll(live);

			fn(owner, pages[i]->number * PAGE_PLACES + place, &pages[i]->places[place]);
		}
	free(pages);
}

/* --- sightings -------------------------------------------------------------------------------- */

/* A cell's key is the cell: its scope and id. */
static const void *sighting_key(const void *cell, const void *owner)
{
	const struct sighting_place *place = cell;

	(void)owner;
	return place->place.segment ? place : NULL;
}

static uint64_t hash_sighting(const void *key, const void *owner)
{
	const struct sighting_place *place = key;

	(void)owner;
	return hash_number((uint64_t)place->id * 4 + place->scope);
}

static bool same_sighting(const void *key, const void *other)
{
	const struct sighting_place *a = key, *b = other;

	return a->id == b->id && a->scope == b->scope;
}

static const struct hash_shape sighting_shape = { sizeof(struct sighting_place), sighting_key,
						  hash_sighting, same_sighting };

void sighting_index_finish(struct sighting_index *index)
{
	hash_table_finish(&index->table);
}

struct sighting_place *sighting_index_find(const struct sighting_index *index, uint32_t scope,
					   int64_t id)
{
	const struct sighting_place key = { .scope = scope, .id = id };

	return hash_table_find(&index->table, &sighting_shape, &key, NULL);
}

void sighting_index_set(struct sighting_index *index, const struct sighting_place *place)
{
	struct sighting_place *cell = hash_table_require(&index->table, &sighting_shape, place,
							 NULL);

	*cell = *place;
}

void sighting_index_remove(struct sighting_index *index, uint32_t scope, int64_t id)
{
	struct sighting_place *cell = sighting_index_find(index, scope, id);

	if (cell)
		hash_table_remove(&index->table, &sighting_shape, cell, NULL);
}

const struct sighting_place *sighting_index_next(const struct sighting_index *index, size_t *at)
{
	return hash_table_next(&index->table, &sighting_shape, at, NULL);
}
