/* redis.h - what Redis remembers: per person and group a keyed hash of the row as it is stored, so
 * that what did not change costs no trip to Postgres. The only file of the recorder that
 * includes hiredis.h is redis.c.
 *
 * A memory of what was written, never the truth: everything in it may vanish at any time. It must
 * never say "unchanged" of a row that is stored otherwise, so
 * - an entry is stored after the commit, by the recorder that is active; whoever cannot, or ends in
 *   between, leaves a memory that is given up (store.c);
 * - the prefix of the keys names the tables (state.h) and the run of Redis: neither an older state
 *   of the tables nor of Redis is believed.
 * Entries are in hashes (buckets) of 40 to 100, small enough for Redis' compact form; each bucket
 * expires within 7 days, at a time of its own. */
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
	REDIS_OTHER, /* it knows another state of the tables: renew the incarnation, check again */
};

/* Connects if it is time to, makes this process the one that stores, and sees to the prefix;
 * `known` is what redis_note() must have said last. To be called once a second while the lock is
 * held; only after it says REDIS_READY the calls below do anything. */
enum redis_check redis_check(struct redis *redis, const struct database_state *state,
			     const char *known);
/* Which state of the tables it knows: `settled` of the database, or REDIS_WRITING from the commit
 * that left one to the next. What cannot be noted is found out by the next check. */
#define REDIS_WRITING "writing"
void redis_note(struct redis *redis, const char *known);
/* For a recorder on standby: connects if it is time to, so that its state tells. */
void redis_probe(struct redis *redis);
bool redis_is_ready(const struct redis *redis);
/* "ready", or what is wrong, one line without secrets. */
const char *redis_state(const struct redis *redis);
/* The login is refused: a person must act. */
bool redis_is_refused(const struct redis *redis);

/* Marks rows as ROW_UNCHANGED or ROW_OPTED_OUT, or as ROW_STORED with another hash. False, and
 * nothing marked, when Redis is away. */
MUST_CHECK bool redis_compare(struct redis *redis, struct row *const *rows, size_t count);
/* Remembers rows that are ROW_WRITTEN or ROW_OPTED_OUT; forgets both ids of migrations. After false
 * it may know rows as they were before. */
MUST_CHECK bool redis_store(struct redis *redis, struct row *const *rows, size_t count);
/* Forgets what is known of these ids. */
MUST_CHECK bool redis_remove(struct redis *redis, const uint8_t (*id_hashes)[ID_HASH_SIZE],
			     size_t count);
/* Failures since the start. */
uint64_t redis_errors(const struct redis *redis);

#endif
