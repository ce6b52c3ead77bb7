/* spool.c - the open batch, commits, and reading back. Replay, cleaning, format, files and the
 * commit thread have files of their own. */
#include "ingress/spool/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/files.h"
#include "common/log.h"
#include "common/xalloc.h"

#define SEGMENT_BYTES (16u << 20)
#define SEGMENTS_MIN 16u /* in a full spool */
/* PRIVACY.md: a minute. What is done goes after half of this, and the id in the record that says
 * so, should it be in a later segment, after the other half. */
#define SEGMENT_MS 40000u
#define RESERVE_BYTES (16u << 20)
#define META_KEY_MAX 255u
#define CLOSE_TIMEOUT_MS 5000u

/* --- records ---------------------------------------------------------------------------------- */

static void append_record(struct spool *spool, enum record_kind kind, const void *head,
			  size_t head_size, const void *body, size_t body_size)
{
	record_append(&spool->open->bytes, spool->open->segment->number,
		      spool->open->segment->records++, kind, head, head_size, body, body_size);
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

	if (count > spool->kills_capacity) {
		spool->kills = xreallocarray(spool->kills, count, sizeof(*spool->kills));
		spool->kills_capacity = count;
	}
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
	/* Before the number is given out: the header of a new segment says which are free. */
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

	/* The header is stored with its body. One that cannot be read has nothing to be stored
	 * with: the attempt is then known until the next start only. */
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

const char *spool_flights_doubt(const struct spool *spool)
{
	return spool->flight.doubt;
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
	/* It has an id in it, which may stay no longer than what it kills. */
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

	/* A newer version waits: it goes on waiting. */
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

static struct spool_job *new_batch(void)
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
	if (spool->writing_count == spool->writing_capacity) {
		spool->writing_capacity = spool->writing_capacity ? 2 * spool->writing_capacity
								  : 16;
		spool->writing = xreallocarray(spool->writing, spool->writing_capacity,
					       sizeof(*spool->writing));
	}
	spool->writing[spool->writing_count++] = batch;
	spool->open = new_batch();
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
	/* With nothing of its own it still says that what was written before is durable. */
	spool_open_segment(spool);
	end_batch(spool);
	spool->open->sync = sync;
	spool->open->fn = fn;
	spool->open->owner = owner;
	push_batch(spool);
	if (spool->head->bytes >= spool->options.segment_bytes)
		spool_rotate(spool);
}

/* Takes the oldest batch out of those that are being written. */
static void note_written(struct spool *spool, const struct spool_job *job)
{
	if (spool->writing_count == 0 || spool->writing[0] != job)
		panic("batches were written in another order");
	spool->writing_count--;
	memmove(spool->writing, spool->writing + 1, spool->writing_count * sizeof(*spool->writing));
	job->segment->written = job->offset + job->bytes.size;
}

void spool_deliver(struct spool *spool)
{
	struct spool_job *job;

	while ((job = spool_writer_take(spool->writer))) {
		switch (job->kind) {
		case SPOOL_JOB_WRITE:
			note_written(spool, job);
			if (job->fn)
				job->fn(job->owner);
			break;
		case SPOOL_JOB_UNLINK:
			spool->bytes -= job->segment->bytes;
			segments_remove(&spool->segments, job->segment);
			/* Others may have been kept for the kills in them only. */
			if (spool->loop)
				loop_timer_set(spool->loop, &spool->timer, 0);
			break;
		}
		spool_job_destroy(job);
	}
}

static bool is_busy(const struct spool *spool)
{
	if (spool->writing_count > 0)
		return true;
	for (size_t i = 0; i < spool->segments.count; i++)
		if (spool->segments.list[i]->leaving)
			return true;
	return false;
}

bool spool_flush(struct spool *spool, uint64_t timeout_ms)
{
	uint64_t until_ms = clock_boot_ms() + timeout_ms, now_ms;

	for (;;) {
		spool_deliver(spool);
		if (!is_busy(spool))
			return true;
		now_ms = clock_boot_ms();
		if (now_ms >= until_ms)
			return false;
		spool_writer_wait(spool->writer, until_ms - now_ms);
	}
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The record at a place that is not in its file yet. */
static const uint8_t *find_unwritten(const struct spool *spool, const struct place *place)
{
	uint64_t offset = (uint64_t)place->block * RECORD_ALIGN;

	for (size_t i = 0; i <= spool->writing_count; i++) {
		const struct spool_job *job = i < spool->writing_count ? spool->writing[i]
								       : spool->open;

		if (job->segment && job->segment->number == place->segment &&
		    offset >= job->offset && offset < job->offset + job->bytes.size)
			return job->bytes.data + (offset - job->offset);
	}
	return NULL;
}

bool spool_read(struct spool *spool, uint64_t seq, struct buffer *out, struct why *why)
{
	const struct place *place = spool_index_find(&spool->index, seq);
	struct segment *segment = place ? segments_find(&spool->segments, place->segment) : NULL;
	const size_t head = sizeof(struct record_header) + sizeof(struct update_record);
	struct update_record update;
	struct record record;
	const uint8_t *data;

	if (!segment)
		return why_set(why, "update %llu is not in the spool", (unsigned long long)seq);
	data = find_unwritten(spool, place);
	if (!data) {
		buffer_clear(&spool->scratch);
		if (!segment_read(segment, (uint64_t)place->block * RECORD_ALIGN,
				  record_size(place->length), &spool->scratch, why))
			return false;
		data = spool->scratch.data;
		if (!record_read(data, spool->scratch.size, 0, place->segment, &record) ||
		    record.length != place->length)
			return why_set(why, "the record of update %llu is damaged",
				       (unsigned long long)seq);
	}
	memcpy(&update, data + sizeof(struct record_header), sizeof(update));
	if (update.seq != seq)
		return why_set(why, "the record of update %llu is another's",
			       (unsigned long long)seq);
	buffer_append(out, data + head, place->length - sizeof(struct update_record));
	return true;
}

/* --- state ------------------------------------------------------------------------------------ */

bool spool_is_live(const struct spool *spool, uint64_t seq)
{
	return spool_index_find(&spool->index, seq) != NULL;
}

uint64_t spool_bytes(const struct spool *spool)
{
	return spool->bytes;
}

static void update_full(struct spool *spool)
{
	uint64_t limit = (uint64_t)spool->options.max_bytes;

	if (spool->bytes >= limit)
		spool->was_full = true;
	else if (spool->bytes < limit / 10 * 9)
		spool->was_full = false;
}

bool spool_is_full(const struct spool *spool)
{
	uint64_t limit = (uint64_t)spool->options.max_bytes;

	return spool_writer_disk_full(spool->writer) || spool->bytes >= limit ||
	       (spool->was_full && spool->bytes >= limit / 10 * 9);
}

uint64_t spool_sync_us(const struct spool *spool)
{
	return spool_writer_sync_us(spool->writer);
}

uint64_t spool_syncs(const struct spool *spool)
{
	return spool_writer_syncs(spool->writer);
}

/* --- opening and closing ---------------------------------------------------------------------- */

void spool_tend(struct spool *spool)
{
	spool_deliver(spool);
	update_full(spool);
	spool_clean(spool);
}

static void on_finished(void *owner, int fd, uint32_t events)
{
	struct spool *spool = owner;

	(void)fd;
	(void)events;
	spool_deliver(spool);
	update_full(spool);
}

static void on_timer(void *owner)
{
	struct spool *spool = owner;

	spool_deliver(spool);
	update_full(spool);
	loop_timer_set(spool->loop, &spool->timer, spool_clean(spool));
}

void spool_attach(struct spool *spool, struct loop *loop)
{
	spool->loop = loop;
	spool->timer.fn = on_timer;
	spool->timer.owner = spool;
	loop_watch(loop, spool_writer_fd(spool->writer), EPOLLIN, on_finished, spool);
	loop_timer_set(loop, &spool->timer, 0);
}

static void set_options(struct spool *spool, const struct spool_options *options)
{
	uint64_t small = (uint64_t)options->max_bytes / SEGMENTS_MIN;

	spool->options = *options;
	spool->path = xstrdup(options->directory);
	spool->options.directory = spool->path;
	/* A small spool has room again one segment after the other, too. */
	if (!spool->options.segment_bytes)
		spool->options.segment_bytes = small < SEGMENT_BYTES ? small : SEGMENT_BYTES;
	if (!spool->options.segment_ms)
		spool->options.segment_ms = SEGMENT_MS;
}

static void start_writer(struct spool *spool)
{
	uint64_t reserve = (uint64_t)spool->options.max_bytes / 16;
	struct spool_writer_options options = {
		.directory = spool->path,
		.reserve_bytes = reserve < RESERVE_BYTES ? reserve : RESERVE_BYTES,
		.spare_bytes = 2 * spool->options.segment_bytes,
		.before_step = spool->options.before_step,
		.before_step_owner = spool->options.before_step_owner,
	};

	spool->writer = spool_writer_create(&options);
}

static void free_spool(struct spool *spool)
{
	for (size_t i = 0; i < spool->metas_count; i++) {
		free(spool->metas[i].key);
		buffer_finish(&spool->metas[i].value);
	}
	free(spool->metas);
	spool_job_destroy(spool->open);
	free(spool->writing);
	free(spool->kills);
	buffer_finish(&spool->scratch);
	buffer_finish(&spool->cleaning.window);
	flight_log_close(&spool->flight);
	segments_finish(&spool->segments);
	spool_index_finish(&spool->index);
	sighting_index_finish(&spool->sightings);
	if (spool->directory >= 0)
		close(spool->directory);
	if (spool->lock >= 0)
		close(spool->lock);
	free(spool->path);
	free(spool);
}

static bool open_directory(struct spool *spool, struct why *why)
{
	if (!directory_make(spool->path, why))
		return false;
	spool->lock = directory_lock(spool->path, why);
	if (spool->lock < 0)
		return false;
	spool->directory = open(spool->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (spool->directory < 0 || fchmod(spool->directory, 0700) < 0)
		return why_set(why, "cannot open %s: %s", spool->path, strerror(errno));
	return true;
}

struct spool *spool_open(const struct spool_options *options, const struct spool_replay *replay,
			 struct why *why)
{
	struct spool *spool = xmalloc(sizeof(*spool));

	spool->lock = spool->directory = spool->flight.fd = -1;
	set_options(spool, options);
	spool->open = new_batch();
	if (!open_directory(spool, why) || !spool_replay(spool, replay, why)) {
		why_prefix(why, "spool");
		free_spool(spool);
		return NULL;
	}
	start_writer(spool);
	update_full(spool);
	return spool;
}

void spool_close(struct spool *spool)
{
	if (!spool)
		return;
	if (spool->loop) {
		loop_unwatch(spool->loop, spool_writer_fd(spool->writer));
		loop_timer_clear(spool->loop, &spool->timer);
	}
	/* Who waited for them may be gone. */
	for (size_t i = 0; i < spool->writing_count; i++)
		spool->writing[i]->fn = NULL;
	if (!spool_batch_is_empty(spool))
		spool_commit(spool, true, NULL, NULL);
	spool_flush(spool, CLOSE_TIMEOUT_MS);
	spool_writer_destroy(spool->writer, 0);
	free_spool(spool);
}
