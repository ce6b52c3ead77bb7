/* batch.c - the open batch: what is appended to it, and its commit. */
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "ingress/spool/private.h"

#define META_KEY_MAX 255u

/* --- records ---------------------------------------------------------------------------------- */

static void append_record(struct spool *spool, enum record_kind kind, const void *head,
			  size_t head_size, const void *body, size_t body_size)
{
	record_append(&spool->open->bytes, spool->open->segment->number,
		      &(struct record_parts) { .number = spool->open->segment->records++,
					       .kind = kind,
					       .head = head,
					       .head_size = head_size,
					       .body = body,
					       .body_size = body_size });
	spool->open_records++;
}

static void append_meta(struct spool *spool, const struct meta *meta)
{
	uint8_t head[1 + META_KEY_MAX];
	size_t length = strlen(meta->key);

	head[0] = (uint8_t)length;
	memcpy(head + 1, meta->key, length);
	append_record(spool, RECORD_META, head, 1 + length, buffer_unread(&meta->value),
		      buffer_unread_size(&meta->value));
}

struct segment *spool_open_segment(struct spool *spool)
{
	struct spool_job *open = spool->open;

	if (open->segment)
		return open->segment;
	open->segment = spool->head;
	open->offset = spool->head->bytes;
	if (spool->head->bytes > 0)
		return spool->head;
	segment_header_append(&open->bytes, spool->head->number, spool->options.bot_id,
			      clock_utc_ns() / 1000000, spool->next_seq);
	for (size_t i = 0; i < spool->metas_count; i++)
		append_meta(spool, &spool->metas[i]);
	return spool->head;
}

struct place spool_append(struct spool *spool, enum record_kind kind, const void *head,
			  size_t head_size, const void *body, size_t body_size)
{
	struct segment *segment = spool_open_segment(spool);
	uint64_t offset = spool->open->offset + spool->open->bytes.size;

	append_record(spool, kind, head, head_size, body, body_size);
	return (struct place) { .segment = segment->number,
				.block = (uint32_t)(offset / RECORD_ALIGN),
				.length = (uint32_t)(head_size + body_size) };
}

/* --- updates ---------------------------------------------------------------------------------- */

void spool_kill_updates(struct spool *spool, const uint64_t *seqs, size_t count)
{
	struct segment *segment = NULL;
	size_t kills = 0;

	array_reserve(spool->kills, &spool->kills_capacity, count);
	for (size_t i = 0; i < count; i++) {
		const struct place *place = spool_index_find(&spool->index, seqs[i]);

		if (!place)
			continue;
		segment = segment ? segment : spool_open_segment(spool);
		segment_add_target(segment, place->segment);
		spool->kills[kills++] = (struct kill_record) { seqs[i], place->segment };
		spool_forget_update(spool, seqs[i]);
	}
	if (kills)
		spool_append(spool, RECORD_KILL, spool->kills, kills * sizeof(*spool->kills), NULL,
			     0);
}

static void append_update(struct spool *spool, const struct spool_update *update, const void *body,
			  size_t size)
{
	struct update_record record = update_record_of(update);

	spool_set_update(spool, update->seq,
			 spool_append(spool, RECORD_UPDATE, &record, sizeof(record), body, size));
}

void spool_append_update(struct spool *spool, struct spool_update *update, const void *body,
			 size_t size)
{
	/* Before the number is given out: the header of a new segment records which are free. */
	spool_open_segment(spool);
	update->seq = spool->next_seq++;
	append_update(spool, update, body, size);
}

void spool_append_replacement(struct spool *spool, const struct spool_update *update,
			      const void *body, size_t size)
{
	if (!spool_index_find(&spool->index, update->seq))
		return;
	spool_kill_updates(spool, &update->seq, 1);
	append_update(spool, update, body, size);
}

void spool_append_attempt(struct spool *spool, const struct spool_update *update)
{
	struct buffer body = { 0 };

	/* The header is stored with its body. If the body cannot be read, the attempt is remembered
	 * only until the next start. */
	if (spool_read(spool, update->seq, &body, NULL))
		spool_append_replacement(spool, update, body.data, body.size);
	buffer_finish(&body);
}

void spool_append_done(struct spool *spool, const uint64_t *seqs, size_t count)
{
	spool_kill_updates(spool, seqs, count);
}

void spool_append_dispatched(struct spool *spool, uint64_t session, const uint64_t *seqs,
			     size_t count)
{
	flight_log_append(&spool->flight, session, seqs, count);
}

const char *spool_flights_unknown_reason(const struct spool *spool)
{
	return spool->flight.unknown_reason;
}

void spool_flights_are_known(struct spool *spool)
{
	flight_log_set_complete(&spool->flight);
}

/* --- sightings and metas ---------------------------------------------------------------------- */

void spool_append_sighting_kill(struct spool *spool, const struct sighting_kill_record *kill)
{
	struct segment *head = spool_open_segment(spool);

	segment_add_target(head, kill->segment);
	spool_append(spool, RECORD_SIGHTING_KILL, kill, sizeof(*kill), NULL, 0);
	/* It contains an id, which must not outlive the record that it kills. */
	segment_note_dead(head);
}

void spool_kill_sighting(struct spool *spool, enum sighting_scope scope, int64_t id)
{
	const struct sighting_place *place = sighting_index_find(&spool->sightings, scope, id);
	struct sighting_kill_record kill = { .id = id, .scope = scope };

	if (!place)
		return;
	kill.segment = place->place.segment;
	spool_append_sighting_kill(spool, &kill);
	spool_forget_sighting(spool, scope, id);
}

void spool_append_sighting_bytes(struct spool *spool, const struct sighting_place *key,
				 const void *bytes, size_t size)
{
	struct sighting_place place = *key;

	spool_kill_sighting(spool, (enum sighting_scope)key->scope, key->id);
	place.place = spool_append(spool, RECORD_SIGHTING, bytes, size, NULL, 0);
	spool_set_sighting(spool, &place);
}

void spool_append_sighting(struct spool *spool, const struct sighting *sighting)
{
	struct sighting_place key = { .id = sighting->id,
				      .version = sighting->version,
				      .scope = sighting->scope };

	buffer_clear(&spool->scratch);
	sighting_encode(sighting, &spool->scratch);
	spool_append_sighting_bytes(spool, &key, spool->scratch.data, spool->scratch.size);
}

void spool_append_sighting_stored(struct spool *spool, const struct sighting_stored *stored)
{
	const struct sighting_place *place = sighting_index_find(&spool->sightings, stored->scope,
								 stored->id);

	/* A newer version is waiting: it stays. */
	if (place && place->version <= stored->version)
		spool_kill_sighting(spool, stored->scope, stored->id);
}

void spool_append_meta(struct spool *spool, const char *key, const void *value, size_t size)
{
	bool starts_segment = !spool->open->segment && spool->head->bytes == 0;
	size_t length = strlen(key);
	const struct meta *meta;

	if (length > META_KEY_MAX)
		panic("a key of %zu bytes", length);
	meta = spool_set_meta(spool, key, length, value, size);
	spool_open_segment(spool);
	if (!starts_segment) /* a new segment starts with all of them */
		append_meta(spool, meta);
}

/* --- commits ---------------------------------------------------------------------------------- */

bool spool_batch_is_empty(const struct spool *spool)
{
	return spool->open->bytes.size == 0;
}

struct spool_job *spool_new_batch(void)
{
	struct spool_job *job = xmalloc(sizeof(*job));

	job->kind = SPOOL_JOB_WRITE;
	return job;
}

static void end_batch(struct spool *spool)
{
	struct end_record end = { spool->open_records, ~spool->open_records };

	append_record(spool, RECORD_END, &end, sizeof(end), NULL, 0);
	spool->open_records = 0;
}

static void push_batch(struct spool *spool)
{
	struct spool_job *batch = spool->open;

	batch->segment->bytes += batch->bytes.size;
	spool->bytes += batch->bytes.size;
	array_reserve(spool->writing, &spool->writing_capacity, spool->writing_count + 1);
	spool->writing[spool->writing_count++] = batch;
	spool->open = spool_new_batch();
	spool_writer_push(spool->writer, batch);
}

void spool_rotate(struct spool *spool)
{
	if (spool->head->bytes > 0)
		spool->head = segments_add(&spool->segments, spool->head->number + 1);
}

static bool is_live(void *owner, uint64_t seq)
{
	return spool_is_live(owner, seq);
}

void spool_commit(struct spool *spool, bool sync, spool_durable_fn *fn, void *owner)
{
	flight_log_write(&spool->flight, is_live, spool);
	if (spool_batch_is_empty(spool) && !sync) {
		if (fn)
			fn(owner);
		return;
	}
	/* Even an empty batch confirms that everything written before is durable. */
	spool_open_segment(spool);
	end_batch(spool);
	spool->open->sync = sync;
	spool->open->fn = fn;
	spool->open->owner = owner;
	push_batch(spool);
	if (spool->head->bytes >= spool->options.segment_bytes)
		spool_rotate(spool);
}
