/* state.c - keeps index and segments consistent, for appending and replay alike. */
#include "ingress/spool/private.h"

#include <string.h>

#include "common/clock.h"
#include "common/xalloc.h"

void segment_note_dead(struct segment *segment)
{
	if (!segment->dead_since_ms)
		segment->dead_since_ms = clock_boot_ms();
}

void spool_forget_update(struct spool *spool, uint64_t seq)
{
	const struct place *place = spool_index_find(&spool->index, seq);
	struct segment *segment = place ? segments_find(&spool->segments, place->segment) : NULL;

	if (segment) {
		segment->live_updates--;
		segment_note_dead(segment);
	}
	spool_index_remove(&spool->index, seq);
}

void spool_set_update(struct spool *spool, uint64_t seq, struct place place)
{
	spool_forget_update(spool, seq);
	spool_index_set(&spool->index, seq, place);
	segments_find(&spool->segments, place.segment)->live_updates++;
}

void spool_forget_sighting(struct spool *spool, uint32_t scope, int64_t id)
{
	const struct sighting_place *found = sighting_index_find(&spool->sightings, scope, id);
	struct segment *segment = found ? segments_find(&spool->segments, found->place.segment)
					: NULL;

	if (segment) {
		segment->live_sightings--;
		segment_note_dead(segment);
	}
	sighting_index_remove(&spool->sightings, scope, id);
}

void spool_set_sighting(struct spool *spool, const struct sighting_place *sighting)
{
	spool_forget_sighting(spool, sighting->scope, sighting->id);
	sighting_index_set(&spool->sightings, sighting);
	segments_find(&spool->segments, sighting->place.segment)->live_sightings++;
}

static struct meta *require_meta(struct spool *spool, const char *key, size_t length)
{
	for (size_t i = 0; i < spool->metas_count; i++)
		if (strlen(spool->metas[i].key) == length &&
		    !memcmp(spool->metas[i].key, key, length))
			return &spool->metas[i];
	array_reserve(spool->metas, &spool->metas_capacity, spool->metas_count + 1);
	spool->metas[spool->metas_count] = (struct meta) { .key = xstrndup(key, length) };
	return &spool->metas[spool->metas_count++];
}

const struct meta *spool_set_meta(struct spool *spool, const char *key, size_t length,
				  const void *value, size_t size)
{
	struct meta *meta = require_meta(spool, key, length);

	buffer_clear(&meta->value);
	buffer_append(&meta->value, value, size);
	return meta;
}

bool spool_is_live(const struct spool *spool, uint64_t seq)
{
	return spool_index_find(&spool->index, seq) != NULL;
}

uint64_t spool_next_seq(const struct spool *spool)
{
	return spool->next_seq;
}
