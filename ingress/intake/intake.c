/* intake.c - appends batches to the spool and passes them on once they are durable. */
#include "ingress/intake/intake.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/random.h"
#include "common/xalloc.h"
#include "ingress/intake/seen.h"
#include "ingress/metrics.h"
#include "ingress/update/extract.h"

#define LOG_SUBSYSTEM "intake"

/* A batch stores its ids as an addition to the last full list of ids; past this size the full list
 * is stored again. */
#define SEEN_NEW_MAX 2048u
#define EXPIRE_MS 60000u
#define BODY_KEPT (1u << 20)

/* A batch being written; commits complete in order. */
struct pending_batch {
	struct pending_batch *next;
	struct intake *intake;
	struct spool_update *updates;
	size_t count, capacity;
	intake_durable_fn *fn;
	void *owner;
};

struct intake {
	struct intake_options options;
	struct seen *seen;
	struct seen *seen_new; /* since "seen" was last written */
	struct buffer encoded;
	struct buffer body;
	struct extract extract;
	struct loop_timer expire;
	/* of the batch being taken */
	struct pending_batch *batch;
	struct intake_batch *counts;
	bool seen_changed;
};

struct intake *intake_create(void)
{
	struct intake *intake = xmalloc(sizeof(*intake));

	intake->seen = seen_create();
	intake->seen_new = seen_create();
	return intake;
}

void intake_destroy(struct intake *intake)
{
	if (!intake)
		return;
	if (intake->options.loop)
		loop_timer_clear(intake->options.loop, &intake->expire);
	seen_destroy(intake->seen);
	seen_destroy(intake->seen_new);
	buffer_finish(&intake->encoded);
	buffer_finish(&intake->body);
	free(intake);
}

void intake_restore_update(struct intake *intake, const struct spool_update *update)
{
	seen_add(intake->seen, update->update_id, clock_utc_s());
}

void intake_restore_meta(struct intake *intake, const char *key, const void *value, size_t size)
{
	if (!strcmp(key, "seen") || !strcmp(key, "seen_new"))
		seen_decode(intake->seen, value, size);
}

/* PRIVACY.md limits how long a malformed update is kept. */
static void on_expire(void *owner)
{
	struct intake *intake = owner;

	loop_timer_set(intake->options.loop, &intake->expire, EXPIRE_MS);
	quarantine_expire(intake->options.quarantine, clock_utc_s());
}

void intake_open(struct intake *intake, const struct intake_options *options)
{
	intake->options = *options;
	intake->expire = (struct loop_timer) { .fn = on_expire, .owner = intake };
	if (options->quarantine)
		loop_timer_set(options->loop, &intake->expire, EXPIRE_MS);
}

/* --- one update ------------------------------------------------------------------------------- */

/* False when it was seen before. */
static bool note_seen(struct intake *intake, int64_t update_id)
{
	int64_t now_s = clock_utc_s();

	if (!seen_add(intake->seen, update_id, now_s)) {
		metric_add(&metric_redelivered, 1);
		return false;
	}
	seen_add(intake->seen_new, update_id, now_s);
	intake->seen_changed = true;
	return true;
}

static void note_last(struct intake *intake, int64_t update_id)
{
	intake->counts->has_last = true;
	intake->counts->last_id = update_id;
}

static void set_malformed_aside(struct intake *intake, struct json_slice element, const char *why)
{
	struct why trouble;
	int64_t update_id = 0;

	if (!transcode_find_update_id(element, &update_id) || update_id < 0 ||
	    update_id > UPDATE_ID_MAX) {
		update_id = 0; /* as good as none */
	} else {
		note_last(intake, update_id);
		if (!note_seen(intake, update_id))
			return;
	}
	metric_add(&metric_malformed, 1);
	log_warn("malformed update set aside", log_signed("update_id", update_id),
		 log_unsigned("bytes", element.size), log_text("why", why));
	if (intake->options.quarantine &&
	    !quarantine_add(intake->options.quarantine, update_id, element.data, element.size, why,
			    clock_utc_s(), &trouble))
		log_error("cannot set a malformed update aside; dropping it",
			  log_text("why", trouble.text));
}

static void add_to_batch(struct pending_batch *batch, const struct spool_update *update)
{
	array_reserve(batch->updates, &batch->capacity, batch->count + 1);
	batch->updates[batch->count++] = *update;
}

static void record_sightings(struct intake *intake, uint64_t now_ms)
{
	struct extract *extract = &intake->extract;

	for (size_t i = 0; i < extract->sightings_count; i++) {
		struct sighting *sighting = &extract->sightings[i];

		/* A late update from a group that became a supergroup must not recreate its row. */
		if (sighting->scope == SIGHTING_GROUP &&
		    pools_has_migrated(intake->options.pools, sighting->id))
			continue;
		sighting->seen_at = (int64_t)(now_ms / 1000);
		sightings_add(intake->options.sightings, sighting);
	}
}

static void append(struct intake *intake, uint64_t now_ms)
{
	struct extract *extract = &intake->extract;
	struct spool_update update = {
		.update_id = extract->update_id,
		.kind = extract->kind,
		.lane = extract->lane,
		.trace = trace_id_make(),
		.received_ms = now_ms,
	};

	spool_append_update(intake->options.spool, &update, buffer_unread(&intake->body),
			    buffer_unread_size(&intake->body));
	if (extract->migrated_from != 0 && extract->migrated_to != 0)
		pools_join_chats(intake->options.pools, extract->migrated_from,
				 extract->migrated_to);
	add_to_batch(intake->batch, &update);
}

static bool read_element(struct intake *intake, struct json_slice element, struct why *why)
{
	buffer_clear(&intake->body);
	buffer_trim(&intake->body, BODY_KEPT);
	return transcode(element.data, element.size, &intake->body, why) &&
	       extract_update(buffer_unread(&intake->body), buffer_unread_size(&intake->body),
			      &intake->extract, why);
}

static void take_element(void *owner, struct json_slice element)
{
	struct intake *intake = owner;
	struct why why;

	intake->counts->elements++;
	if (!read_element(intake, element, &why)) {
		set_malformed_aside(intake, element, why.text);
		return;
	}
	uint64_t now_ms = clock_utc_ns() / 1000000;

	note_last(intake, intake->extract.update_id);
	/* A duplicate is nothing new, unless the disk lost what was noted the first time. */
	record_sightings(intake, now_ms);
	if (note_seen(intake, intake->extract.update_id))
		append(intake, now_ms);
}

/* --- a batch ---------------------------------------------------------------------------------- */

static void append_seen(struct intake *intake, const char *key, const struct seen *seen)
{
	buffer_clear(&intake->encoded);
	seen_encode(seen, &intake->encoded);
	spool_append_meta(intake->options.spool, key, buffer_unread(&intake->encoded),
			  buffer_unread_size(&intake->encoded));
}

static void write_seen(struct intake *intake)
{
	append_seen(intake, "seen_new", intake->seen_new);
	if (buffer_unread_size(&intake->encoded) < SEEN_NEW_MAX)
		return;
	seen_expire(intake->seen, clock_utc_s());
	append_seen(intake, "seen", intake->seen);
	seen_destroy(intake->seen_new);
	intake->seen_new = seen_create();
	append_seen(intake, "seen_new", intake->seen_new);
}

static void on_durable(void *owner)
{
	struct pending_batch *batch = owner;
	struct intake *intake = batch->intake;

	for (size_t i = 0; i < batch->count; i++)
		pools_add(intake->options.pools, &batch->updates[i]);
	metric_add(&metric_received, (int64_t)batch->count);
	sightings_durable(intake->options.sightings);
	batch->fn(batch->owner);
	free(batch->updates);
	free(batch);
}

static void begin(struct intake *intake, struct intake_batch *counts, intake_durable_fn *fn,
		  void *owner)
{
	*counts = (struct intake_batch) { 0 };
	intake->counts = counts;
	intake->batch = xmalloc(sizeof(*intake->batch));
	intake->batch->intake = intake;
	intake->batch->fn = fn;
	intake->batch->owner = owner;
}

static void commit(struct intake *intake)
{
	intake->counts->fresh = intake->batch->count;
	if (intake->seen_changed)
		write_seen(intake);
	intake->seen_changed = false;
	/* Even with nothing new: the first delivery may be in a batch that is not durable yet. */
	spool_commit(intake->options.spool, true, on_durable, intake->batch);
	intake->batch = NULL;
}

bool intake_take_answer(struct intake *intake, const struct intake_answer *answer,
			struct intake_batch *out, intake_durable_fn *fn, void *owner,
			struct why *why)
{
	begin(intake, out, fn, owner);
	bool ok = transcode_split(answer->json, answer->size, answer->insist, take_element, intake,
				  why);
	if (ok && out->elements > 0) {
		commit(intake);
		return true;
	}
	free(intake->batch);
	intake->batch = NULL;
	return ok;
}

void intake_take_update(struct intake *intake, struct json_slice element, intake_durable_fn *fn,
			void *owner)
{
	struct intake_batch counts;

	begin(intake, &counts, fn, owner);
	take_element(intake, element);
	commit(intake);
}

bool intake_retry(struct intake *intake, struct json_slice element, intake_durable_fn *fn,
		  void *owner, struct why *why)
{
	struct intake_batch counts;
	uint64_t now_ms = clock_utc_ns() / 1000000;

	if (!read_element(intake, element, why))
		return false;
	begin(intake, &counts, fn, owner);
	if (seen_add(intake->seen, intake->extract.update_id, (int64_t)(now_ms / 1000)))
		seen_add(intake->seen_new, intake->extract.update_id, (int64_t)(now_ms / 1000));
	record_sightings(intake, now_ms);
	append(intake, now_ms);
	commit(intake);
	return true;
}

static void on_nothing(void *owner)
{
	(void)owner;
}

void intake_migrated(struct intake *intake, int64_t from, int64_t to)
{
	struct sighting sighting = {
		.scope = SIGHTING_MIGRATION, .id = from, .new_id = to, .seen_at = clock_utc_s()
	};
	struct intake_batch counts;

	if (pools_has_migrated(intake->options.pools, from))
		return;
	begin(intake, &counts, on_nothing, NULL);
	sightings_add(intake->options.sightings, &sighting);
	pools_join_chats(intake->options.pools, from, to);
	commit(intake);
}
