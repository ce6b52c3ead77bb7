/* index.h - where the live updates and sightings of the spool are.
 *
 * Updates by seq: pages of 64 places, found by a hash of the page's number, so that a backlog costs
 * 12 bytes an update, a straggler no more than a page, and growing never moves the places.
 * Sightings by scope and id. */
#ifndef INGRESS_SPOOL_INDEX_H
#define INGRESS_SPOOL_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash_table.h"
#include "common/message.h"

/* Where a record is. `segment` 0: nowhere. */
struct place {
	uint32_t segment;
	uint32_t block;  /* offset in the segment, in units of RECORD_ALIGN */
	uint32_t length; /* of the payload */
};

struct spool_index {
	struct hash_table pages;
	size_t count;
};

void spool_index_finish(struct spool_index *index);
/* NULL when the update is not live. Borrowed until the next change. */
const struct place *spool_index_find(const struct spool_index *index, uint64_t seq);
void spool_index_set(struct spool_index *index, uint64_t seq, struct place place);
void spool_index_remove(struct spool_index *index, uint64_t seq);
typedef void spool_index_fn(void *owner, uint64_t seq, const struct place *place);
/* Calls fn for every live update in order of seq; nothing may change meanwhile. */
void spool_index_each(const struct spool_index *index, spool_index_fn *fn, void *owner);

struct sighting_place {
	int64_t id;
	uint64_t version;
	uint32_t scope;
	struct place place; /* segment 0: the cell is free */
};

struct sighting_index {
	struct hash_table table;
};

void sighting_index_finish(struct sighting_index *index);
struct sighting_place *sighting_index_find(const struct sighting_index *index, uint32_t scope,
					   int64_t id);
/* Replaces the one with the same scope and id. */
void sighting_index_set(struct sighting_index *index, const struct sighting_place *place);
void sighting_index_remove(struct sighting_index *index, uint32_t scope, int64_t id);
/* Walks over all: start with *at = 0; NULL at the end. Nothing may change meanwhile. */
const struct sighting_place *sighting_index_next(const struct sighting_index *index, size_t *at);

#endif
