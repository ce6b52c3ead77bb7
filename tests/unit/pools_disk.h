/* pools_disk.h - a spool in memory for tests of ingress/pools/pools.c, and the start of a pools
 * over it. What is defined here takes the place of ingress/spool/spool.c. */
#ifndef TESTS_POOLS_DISK_H
#define TESTS_POOLS_DISK_H

#include "tests/unit/pools_world.h"

#include "common/clock.h"
#include "common/random.h"
#include "ingress/update/lane_key.h"

/* --- stand-in: the spool ---------------------------------------------------------------------- */

#define SEQS_MAX 64

struct spool {
	struct {
		bool live;
		struct spool_update header;
		struct buffer body;
	} updates[SEQS_MAX];
	uint64_t last_seq;
	spool_durable_fn *fns[16];
	void *owners[16];
	size_t commits;
	bool synced; /* asked for by the last commit that somebody waits for */
	bool dirty;  /* something is done, or has another meta, that no commit syncs */
	bool stuck;  /* full: what is committed does not become durable */
	struct buffer sessions, joins, forgotten;
	size_t sessions_written; /* how often */
};

static struct spool disk;

void spool_append_update(struct spool *spool, struct spool_update *update, const void *body,
			 size_t size)
{
	update->seq = ++spool->last_seq;
	assert_in_range(update->seq, 1, SEQS_MAX - 1);
	spool->updates[update->seq].live = true;
	spool->updates[update->seq].header = *update;
	buffer_append(&spool->updates[update->seq].body, body, size);
}

uint64_t spool_next_seq(const struct spool *spool)
{
	return spool->last_seq + 1;
}

void spool_append_replacement(struct spool *spool, const struct spool_update *update,
			      const void *body, size_t size)
{
	buffer_clear(&spool->updates[update->seq].body);
	buffer_append(&spool->updates[update->seq].body, body, size);
	spool->updates[update->seq].header = *update;
}

void spool_append_done(struct spool *spool, const uint64_t *seqs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_true(spool->updates[seqs[i]].live);
		spool->updates[seqs[i]].live = false;
	}
	spool->dirty = true;
}

void spool_append_attempt(struct spool *spool, const struct spool_update *update)
{
	spool->updates[update->seq].header.attempts = update->attempts;
	spool->updates[update->seq].header.lost = update->lost;
	spool->updates[update->seq].header.flags = update->flags;
}

void spool_append_dispatched(struct spool *spool, uint64_t session, const uint64_t *seqs,
			     size_t count)
{
	for (size_t i = 0; i < count; i++)
		spool->updates[seqs[i]].header.session = session;
}

void spool_append_meta(struct spool *spool, const char *key, const void *value, size_t size)
{
	struct buffer *meta = strcmp(key, "joins") == 0       ? &spool->joins
			      : strcmp(key, "forgotten") == 0 ? &spool->forgotten
							      : &spool->sessions;

	buffer_clear(meta);
	buffer_append(meta, value, size);
	spool->dirty = true;
	spool->sessions_written += meta == &spool->sessions;
}

void spool_commit(struct spool *spool, bool sync, spool_durable_fn *fn, void *owner)
{
	spool->dirty = spool->dirty && !sync;
	if (!fn)
		return;
	spool->synced = sync;
	spool->fns[spool->commits] = fn;
	spool->owners[spool->commits++] = owner;
}

const char *spool_flights_unknown_reason(const struct spool *spool)
{
	(void)spool;
	return NULL;
}

void spool_flights_are_known(struct spool *spool)
{
	(void)spool;
}

bool spool_is_live(const struct spool *spool, uint64_t seq)
{
	return spool->updates[seq].live;
}

bool spool_borrow(struct spool *spool, uint64_t seq, struct text *out, struct why *why)
{
	if (!spool->updates[seq].live)
		return why_set(why, "not there");
	*out = (struct text) { (const char *)buffer_unread(&spool->updates[seq].body),
			       buffer_unread_size(&spool->updates[seq].body) };
	return true;
}

bool spool_read(struct spool *spool, uint64_t seq, struct buffer *out, struct why *why)
{
	struct text body = { 0 };

	if (!spool_borrow(spool, seq, &body, why))
		return false;
	buffer_append(out, body.data, body.length);
	return true;
}

static void disk_is_synced(void)
{
	size_t commits = disk.commits;

	disk.commits = 0;
	for (size_t i = 0; i < commits; i++)
		disk.fns[i](disk.owners[i]);
}

bool spool_flush(struct spool *spool, uint64_t timeout_ms)
{
	assert_in_range(timeout_ms, 1, 1000); /* the beats go on */
	if (!spool->stuck)
		disk_is_synced();
	return !spool->stuck;
}

/* --- set-up ----------------------------------------------------------------------------------- */

static struct settings settings;

static void start(void)
{
	struct pools_options options = { .loop = &clockwork,
					 .spool = &disk,
					 .settings = &settings };
	struct why why;

	settings.max_attempts = 2;
	wire.sent_count = wire.taken = 0;
	disk.commits = 0;
	pools = pools_create();
	pools_restore_meta(pools, "sessions", buffer_unread(&disk.sessions),
			   buffer_unread_size(&disk.sessions));
	if (buffer_unread_size(&disk.joins) > 0)
		pools_restore_meta(pools, "joins", buffer_unread(&disk.joins),
				   buffer_unread_size(&disk.joins));
	if (buffer_unread_size(&disk.forgotten) > 0)
		pools_restore_meta(pools, "forgotten", buffer_unread(&disk.forgotten),
				   buffer_unread_size(&disk.forgotten));
	for (size_t seq = 1; seq <= disk.last_seq; seq++) {
		struct spool_update *header = &disk.updates[seq].header;
		struct text body = { 0 };

		if (!spool_borrow(&disk, seq, &body, NULL))
			continue;
		(void)piece_read(body, &header->piece);
		pools_restore_update(pools, header);
	}
	assert_true(pools_open(pools, &options, &why));
	turn();
	disk_is_synced();
}

static void stop(void)
{
	pools_destroy(pools);
	pools = NULL;
}

static int set_up(void **state)
{
	(void)state;
	clockwork = (struct loop) { .now_ms = 1000000 };
	wire.answer = ZLINK_SENT;
	start();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stop();
	for (size_t i = 0; i < SEQS_MAX; i++)
		buffer_finish(&disk.updates[i].body);
	buffer_finish(&disk.sessions);
	buffer_finish(&disk.joins);
	buffer_finish(&disk.forgotten);
	disk = (struct spool) { 0 };
	for (size_t i = 0; i < COUNT_OF(wire.sent); i++)
		buffer_finish(&wire.sent[i].bytes);
	wire = (struct zlink) { 0 };
	arena_finish(&arena);
	return 0;
}

/* An update of a chat, received so long ago, as msgpack. */
static uint64_t add_aged(uint64_t lane, enum update_kind kind, uint64_t age_ms)
{
	struct spool_update update = {
		.seq = ++disk.last_seq,
		.update_id = (int64_t)disk.last_seq + 7000,
		.kind = kind,
		.lane = lane,
		.trace = trace_id_make(),
		.received_ms = clock_utc_ns() / 1000000 - age_ms,
	};

	disk.updates[update.seq].live = true;
	disk.updates[update.seq].header = update;
	pack_map(&disk.updates[update.seq].body, 1);
	pack_text(&disk.updates[update.seq].body, "update_id");
	pack_int(&disk.updates[update.seq].body, update.update_id);
	pools_add(pools, &update);
	return update.seq;
}

static uint64_t add(uint64_t lane)
{
	return add_aged(lane, KIND_MESSAGE, 0);
}

#endif
