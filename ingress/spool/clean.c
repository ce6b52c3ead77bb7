/* clean.c - removes what is done from disk: segments without live records are unlinked, and the
 * live records of one with dead bodies are copied to the head, in small steps, so that it can go
 * too.
 *
 * Each step happens between batches; where much waits (work that is put off), all steps in one. A
 * segment is unlinked only after everything committed before, including the copies, is durable. */
#include "ingress/spool/private.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/pack.h"
#include "common/xalloc.h"

#define STEP_BYTES (1u << 20)
#define STEP_MS 10u /* between two steps while there is work */
#define IDLE_MS 1000u
/* Fewer are copied to where the traffic is, so that segments stay few. */
#define WAITING_MIN 1024u
#define WRITING_MAX (8u << 20) /* no copying while more than this waits to be written */

/* --- unlinking -------------------------------------------------------------------------------- */

static bool is_needed(const struct spool *spool, const struct segment *segment)
{
	return segment == spool->head || segment->unlinking || segment->live_updates > 0 ||
	       segment->live_sightings > 0 || segment->number == spool->cleaning.segment ||
	       segment_has_targets(segment, &spool->segments);
}

static void unlink_segment(struct spool *spool, struct segment *segment)
{
	struct spool_job *job;

	/* The last seq and the metas must be in another segment. */
	if (spool->head->bytes == 0)
		spool_commit(spool, true, NULL, NULL);
	job = xmalloc(sizeof(*job));
	job->kind = SPOOL_JOB_UNLINK;
	job->segment = segment;
	segment->unlinking = true;
	spool_writer_push(spool->writer, job);
}

static void unlink_unneeded(struct spool *spool)
{
	for (size_t i = 0; i < spool->segments.count; i++)
		if (!is_needed(spool, spool->segments.list[i]))
			unlink_segment(spool, spool->segments.list[i]);
}

/* --- copying ---------------------------------------------------------------------------------- */

static bool is_here(const struct place *place, uint32_t segment, const struct record *record)
{
	return place->segment == segment && (uint64_t)place->block * RECORD_ALIGN == record->offset;
}

static void copy_update(struct spool *spool, const struct record *record)
{
	struct spool_update update;
	const struct place *place;
	uint64_t seq;

	if (!update_record_read(record->payload, record->length, &update))
		return;
	seq = update.seq;
	place = spool_index_find(&spool->index, seq);
	if (!place || !is_here(place, spool->cleaning.segment, record))
		return;
	spool_kill_updates(spool, &seq, 1);
	spool_set_update(
		spool, seq,
		spool_append(spool, RECORD_UPDATE, record->payload, record->length, NULL, 0));
}

/* A kill that the replay did not count (lacks_replacement()). */
static bool is_void(const struct spool *spool, const struct kill_record *kill)
{
	const struct place *place = spool_index_find(&spool->index, kill->seq);

	return place && place->segment == kill->segment;
}

/* Kills are carried along as long as the segment of their records exists. */
static void copy_kills(struct spool *spool, const struct record *record)
{
	size_t count = record->length / sizeof(struct kill_record), kept = 0;
	struct kill_record *kills = xcalloc(count, sizeof(*kills));

	for (size_t i = 0; i < count; i++) {
		memcpy(&kills[kept], record->payload + i * sizeof(*kills), sizeof(*kills));
		if (kills[kept].segment == spool->cleaning.segment ||
		    is_void(spool, &kills[kept]) ||
		    !segments_find(&spool->segments, (uint32_t)kills[kept].segment))
			continue;
		segment_add_target(spool_open_segment(spool), (uint32_t)kills[kept].segment);
		kept++;
	}
	if (kept)
		spool_append(spool, RECORD_KILL, kills, kept * sizeof(*kills), NULL, 0);
	free(kills);
}

static void copy_sighting(struct spool *spool, const struct record *record)
{
	struct cursor cursor = cursor_make(record->payload, record->length);
	const struct sighting_place *place;
	struct sighting_place key;
	struct sighting sighting;

	if (!sighting_decode(&cursor, &sighting))
		return;
	place = sighting_index_find(&spool->sightings, sighting.scope, sighting.id);
	if (!place || !is_here(&place->place, spool->cleaning.segment, record))
		return;
	key = *place;
	spool_append_sighting_bytes(spool, &key, record->payload, record->length);
}

static bool is_void_sighting(const struct spool *spool, const struct sighting_kill_record *kill)
{
	const struct sighting_place *place = sighting_index_find(&spool->sightings, kill->scope,
								 kill->id);

	return place && place->place.segment == kill->segment;
}

static void copy_sighting_kills(struct spool *spool, const struct record *record)
{
	for (size_t at = 0; at + sizeof(struct sighting_kill_record) <= record->length;
	     at += sizeof(struct sighting_kill_record)) {
		struct sighting_kill_record kill;

		memcpy(&kill, record->payload + at, sizeof(kill));
		if (kill.segment == spool->cleaning.segment || is_void_sighting(spool, &kill) ||
		    !segments_find(&spool->segments, kill.segment))
			continue;
		spool_append_sighting_kill(spool, &kill);
	}
}

static void copy_record(struct spool *spool, const struct record *record)
{
	switch (record->kind) {
	case RECORD_UPDATE:
		copy_update(spool, record);
		break;
	case RECORD_KILL:
		copy_kills(spool, record);
		break;
	case RECORD_SIGHTING:
		copy_sighting(spool, record);
		break;
	case RECORD_SIGHTING_KILL:
		copy_sighting_kills(spool, record);
		break;
	case RECORD_META: /* every segment starts with all of them */
	case RECORD_END:
		break;
	}
}

/* --- the segment being cleaned ---------------------------------------------------------------- */

static void end_cleaning(struct spool *spool, struct segment *segment)
{
	spool->cleaning.segment = 0;
	buffer_finish(&spool->cleaning.window);
	/* What could not be read could not be copied: the segment stays until those records are
	 * done. */
	segment->unclean = segment->live_updates > 0 || segment->live_sightings > 0;
	if (!segment->unclean)
		segment->targets_count = 0; /* its kills were copied to the head */
}

/* Copies from one window of the segment. False when nothing more of it can be read. */
static bool copy_window(struct spool *spool, struct segment *segment, size_t size)
{
	struct cleaning *cleaning = &spool->cleaning;
	size_t start = cleaning->offset, done = 0;
	struct record record;

	buffer_clear(&cleaning->window);
	if (!segment_read(segment, start, size, &cleaning->window, NULL))
		return false;
	/* Offsets in the window; `is_here` compares those in the segment. */
	while (record_read(cleaning->window.data, cleaning->window.size, done, segment->number,
			   &record) ||
	       record_search(cleaning->window.data, cleaning->window.size, done, segment->number,
			     cleaning->records, &record)) {
		done = record.offset + record.size;
		cleaning->records = record.number + 1;
		record.offset += start;
		copy_record(spool, &record);
	}
	cleaning->offset += done;
	return done > 0;
}

static void clean_step(struct spool *spool)
{
	struct cleaning *cleaning = &spool->cleaning;
	struct segment *segment = segments_find(&spool->segments, cleaning->segment);
	size_t left = (size_t)(segment->written - cleaning->offset);
	bool more = copy_window(spool, segment, left < STEP_BYTES ? left : STEP_BYTES);

	/* A record larger than a step. */
	if (!more && left > STEP_BYTES)
		more = copy_window(spool, segment, left);
	if (!spool_batch_is_empty(spool))
		spool_commit(spool, true, NULL, NULL);
	if (!more || cleaning->offset >= segment->written)
		end_cleaning(spool, segment);
}

static uint64_t writing_bytes(const struct spool *spool)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < spool->writing_count; i++)
		bytes += spool->writing[i]->bytes.size;
	return bytes;
}

/* A dead body may stay for half a segment's lifetime, so that with the other half it is one in
 * total. */
static bool is_due(const struct spool *spool, const struct segment *segment, uint64_t now_ms)
{
	return segment->dead_since_ms && !segment->unlinking && !segment->unclean &&
	       now_ms - segment->dead_since_ms >= spool->options.segment_ms / 2;
}

/* The oldest first: then the kills in later ones need not be carried along. */
static void start_cleaning(struct spool *spool, uint64_t now_ms)
{
	for (size_t i = 0; i < spool->segments.count; i++) {
		const struct segment *segment = spool->segments.list[i];

		if (segment == spool->head || !is_due(spool, segment, now_ms))
			continue;
		spool->cleaning.segment = segment->number;
		spool->cleaning.offset = sizeof(struct segment_header);
		spool->cleaning.records = 0;
		return;
	}
}

static bool begins_where_much_waits(const struct spool *spool)
{
	const struct segment *segment = segments_find(&spool->segments, spool->cleaning.segment);

	return spool->cleaning.records == 0 && segment->live_updates >= WAITING_MIN;
}

/* Into a segment without traffic: else that is to be cleaned in turn as soon as the traffic is
 * done, and whatever waits is written again in every lifetime of a segment. In one go, which takes
 * about 10 ms. */
static void clean_apart(struct spool *spool)
{
	spool_rotate(spool);
	while (spool->cleaning.segment)
		clean_step(spool);
	spool_rotate(spool);
}

uint64_t spool_clean(struct spool *spool)
{
	uint64_t now_ms = clock_boot_ms();

	if (!spool_batch_is_empty(spool))
		return STEP_MS;
	if (is_due(spool, spool->head, now_ms))
		spool_rotate(spool);
	unlink_unneeded(spool);
	/* On a full disk only what needs no space. */
	if (spool_writer_disk_full(spool->writer) || writing_bytes(spool) > WRITING_MAX)
		return IDLE_MS;
	if (!spool->cleaning.segment)
		start_cleaning(spool, now_ms);
	if (!spool->cleaning.segment)
		return IDLE_MS;
	if (begins_where_much_waits(spool))
		clean_apart(spool);
	else
		clean_step(spool);
	return STEP_MS;
}
