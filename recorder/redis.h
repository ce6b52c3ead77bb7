/* redis.h - the cache in Redis: per person and group a keyed hash of the stored row, so that an
 * unchanged one costs no round trip to Postgres.
 *
 * It is a cache, never the truth: everything in it may vanish at any time. It must never say
 * "unchanged" about a row that is stored differently, so
 * - the active recorder stores an entry after the commit; if it cannot, or dies in between, the
 *   cache is discarded (store.c);
 * - the prefix of the keys names the tables (state.h) and the run of Redis, so that no older state
 *   of the tables or of Redis is trusted.
 * Entries are in Redis hashes (buckets) of 40 to 100, small enough for Redis' compact encoding;
 * each bucket expires within 7 days, at its own time. */
#ifndef RECORDER_REDIS_H
#define RECORDER_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/database/state.h"
#include "common/why.h"
#include "recorder/batch.h"

struct redis;

/* Fails only when the URL is malformed. */
struct redis *redis_create(const char *url, struct why *why);
void redis_destroy(struct redis *redis);

enum redis_check {
	REDIS_READY,
	REDIS_AWAY,
	REDIS_OTHER, /* it knows another state of the tables: renew the incarnation and check again
		      */
};

/* Connects if it is time to, makes this process the owner, and sets the prefix; `known` is what
 * redis_note() must have stored last. Call it once a second while the lock is held; the calls below
 * do nothing until it has returned REDIS_READY. */
enum redis_check redis_check(struct redis *redis, const struct database_state *state,
			     const char *known);
/* Stores which state of the tables Redis knows: `settled` of the database, or REDIS_WRITING from
 * the commit that leaves one settled state until the next. If that fails the next check finds
 * out. */
#define REDIS_WRITING "writing"
void redis_note(struct redis *redis, const char *known);
/* For a recorder on standby: connects if it is time to, so that redis_state() is true. */
void redis_probe(struct redis *redis);
bool redis_is_ready(const struct redis *redis);
/* "ready", or what is wrong, one line without secrets. */
const char *redis_state(const struct redis *redis);
/* The login is refused: an operator must act. */
bool redis_is_refused(const struct redis *redis);

/* Marks rows as ROW_UNCHANGED or ROW_OPTED_OUT, or as ROW_STORED when the hash differs. False, with
 * nothing marked, when Redis is away. */
MUST_CHECK bool redis_compare(struct redis *redis, struct row *const *rows, size_t count);
/* Stores rows that are ROW_WRITTEN or ROW_OPTED_OUT; removes both ids of migrations. After false it
 * may hold outdated rows. */
MUST_CHECK bool redis_store(struct redis *redis, struct row *const *rows, size_t count);
/* Removes these ids. */
MUST_CHECK bool redis_remove(struct redis *redis, const uint8_t (*id_hashes)[ID_HASH_SIZE],
			     size_t count);
/* Failures since the start. */
uint64_t redis_errors(const struct redis *redis);

#endif
