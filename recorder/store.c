/* store.c - hash, compare, write, remember: the steps of a batch, and when Redis is to be
 * trusted. */
#include "recorder/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/clock.h"
#include "common/database/array.h"
#include "common/database/migrations.h"
#include "common/database/state.h"
#include "common/database/text.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "recorder/cache_state.h"
#include "recorder/known.h"
#include "recorder/marks.h"
#include "recorder/moves.h"
#include "recorder/names.h"
#include "recorder/recent.h"
#include "recorder/redis.h"
#include "recorder/tables.h"

#define LOG_SUBSYSTEM "store"

#define REMOVALS_MAX 1000
#define MOVE_STEPS_MAX 8
#define LEAVE_MS 1000
#define MEMORY_MS (60 * 60 * 1000) /* PRIVACY.md: caches up to an hour */

struct store {
	const char *database_url;
	int stop_fd;
	struct hash_keys *keys;
	struct postgres *postgres;
	struct redis *redis;
	struct tables *tables;
	struct moves moves;
	/* what this recorder knows about the tables while it alone writes */
	struct recent *recent;
	struct known *known;
	uint64_t cleared_ms;
	uint64_t marks_due_ms;              /* marks.h */
	char incarnation[INCARNATION_SIZE]; /* of the tables, at the last check */
	struct row **unknown;               /* of one comparison: the rows to ask Redis about */
	size_t unknown_capacity;
	bool was_active;
	struct cache_state cache;
	uint64_t sent_us;
	struct store_refusal refusal;
};

struct store *store_create(const struct settings *settings, int stop_fd, struct why *why)
{
	struct redis *redis = redis_create(settings->redis_url, why);
	struct store *store;

	if (!redis)
		return NULL;
	store = xmalloc(sizeof(*store));
	store->redis = redis;
	store->database_url = settings->database_url;
	store->stop_fd = stop_fd;
	store->keys = hash_keys_create(settings->privacy_key);
	store->tables = tables_create();
	store->recent = recent_create();
	store->known = known_create();
	return store;
}

void store_destroy(struct store *store)
{
	if (!store)
		return;
	store_disconnect(store);
	redis_destroy(store->redis);
	tables_destroy(store->tables);
	recent_destroy(store->recent);
	known_destroy(store->known);
	hash_keys_destroy(store->keys);
	free(store->unknown);
	free(store);
}

static void refuse(struct store *store, int exit_code, const char *setting, const char *text,
		   const char *advice)
{
	store->refusal.exit_code = exit_code;
	snprintf(store->refusal.text, sizeof(store->refusal.text), "%s: %s; %s", setting, text,
		 advice);
}

const struct store_refusal *store_refusal(const struct store *store)
{
	return &store->refusal;
}

bool store_redis_is_ready(const struct store *store)
{
	return !strcmp(redis_state(store->redis), "ready");
}

const char *store_redis_state(const struct store *store)
{
	return redis_state(store->redis);
}

uint64_t store_redis_errors(const struct store *store)
{
	return redis_errors(store->redis);
}

/* --- connecting --- */

static void report_migration(void *owner, const char *name, enum migration_state state)
{
	(void)owner;
	switch (state) {
	case MIGRATION_APPLIED:
		break;
	case MIGRATION_CHANGED:
		log_warn("going on with a schema made by another version of a migration",
			 log_text("name", name));
		break;
	case MIGRATION_PENDING:
		log_notice("applying migration", log_text("name", name));
		break;
	}
}

#define NEEDS_SESSION                                                                              \
	"there is a pooler in between that shares sessions (pgbouncer in transaction mode, say), " \
	"and "                                                                                     \
	"the recorder needs a session of its own: for its lock, by which one recorder writes, "    \
	"and for "                                                                                 \
	"prepared statements"

/* What a pooler that shares sessions makes of statements that were prepared (PostgreSQL, appendix
 * A): duplicate_prepared_statement, invalid_sql_statement_name. */
static bool is_about_sharing(const struct postgres_error *error)
{
	return !strcmp(error->sqlstate, "42P05") || !strcmp(error->sqlstate, "26000");
}

static bool check_session(struct store *store, struct postgres_error *error)
{
	bool shares;

	if (!postgres_shares_sessions(store->postgres, store->database_url, &shares, error))
		return false;
	if (!shares)
		return true;
	*error = (struct postgres_error) { .fault = POSTGRES_REFUSED };
	snprintf(error->text, sizeof(error->text), "%s", NEEDS_SESSION);
	return false;
}

static bool prepare_database(struct store *store, struct postgres_error *error)
{
	struct postgres *postgres = store->postgres;
	struct postgres_error roles;
	bool same;

	if (!check_session(store, error) ||
	    !migrations_apply(postgres, false, report_migration, NULL, error) ||
	    !state_start_session(postgres, error) ||
	    !state_check_key(postgres, store->keys, &same, error))
		return false;
	if (!same)
		refuse(store, EX_CONFIG, "KORONE_PRIVACY_KEY",
		       "is not the key that this database was filled with",
		       "set that key, or use another database");
	if (!state_grant_roles(postgres, &roles)) {
		if (roles.fault == POSTGRES_LOST) {
			*error = roles;
			return false;
		}
		log_warn("going on without granting rights to the role korone_worker",
			 log_text("error", roles.text));
	}
	return tables_prepare(postgres, error);
}

bool store_connect(struct store *store, struct postgres_error *error)
{
	store->postgres = postgres_connect(store->database_url, "korone-recorder", store->stop_fd,
					   error);
	if (store->postgres && prepare_database(store, error))
		return true;
	/* The next attempt prepares everything again. */
	store_disconnect(store);
	if (is_about_sharing(error)) {
		error->fault = POSTGRES_REFUSED;
		snprintf(error->text, sizeof(error->text), "%s", NEEDS_SESSION);
	}
	if (error->fault == POSTGRES_REFUSED && !store->was_active)
		refuse(store, EX_UNAVAILABLE, "DATABASE_URL", error->text,
		       strcmp(error->text, NEEDS_SESSION)
			       ? "the server refuses this permanently"
			       : "connect directly, or through a pool_mode of session");
	return false;
}

void store_disconnect(struct store *store)
{
	postgres_close(store->postgres);
	store->postgres = NULL;
	/* The lock goes with the connection: others may write now. */
	cache_lock_lost(&store->cache);
	recent_clear(store->recent);
	known_clear(store->known);
}

bool store_is_connected(const struct store *store)
{
	return store->postgres != NULL;
}

bool store_try_lock(struct store *store, bool *locked, struct postgres_error *error)
{
	return state_try_lock(store->postgres, locked, error);
}

void store_probe(struct store *store)
{
	redis_probe(store->redis);
}

/* --- a batch --- */

static int64_t end_of_moves(const struct store *store, int64_t id)
{
	for (int i = 0; i < MOVE_STEPS_MAX; i++) {
		int64_t next = moves_find(&store->moves, id);

		if (!next)
			break;
		id = next;
	}
	return id;
}

/* Chains of migrations end at the newest id, in whatever order they come. */
static void note_migrations(struct store *store, struct batch *batch)
{
	for (size_t i = 0; i < batch->rows_count; i++)
		if (batch->rows[i].seen.scope == SIGHTING_MIGRATION)
			moves_add(&store->moves, batch->rows[i].seen.id,
				  batch->rows[i].seen.new_id);
	for (size_t i = 0; i < batch->rows_count; i++) {
		struct row *row = &batch->rows[i];

		if (row->seen.scope != SIGHTING_MIGRATION)
			continue;
		row->seen.new_id = end_of_moves(store, row->seen.new_id);
		hash_id(store->keys, row->seen.new_id, row->new_id_hash);
	}
}

static void hash_rows(struct store *store, struct batch *batch)
{
	for (size_t i = 0; i < batch->rows_count; i++) {
		struct row *row = &batch->rows[i];

		hash_id(store->keys, row->seen.id, row->id_hash);
		if (row->seen.scope != SIGHTING_MIGRATION)
			hash_row(store->keys, &row->seen, row->row_hash);
	}
	note_migrations(store, batch);
	/* Sightings that were replaced within the batch. */
	batch->counts.unchanged += batch->received_count - batch->rows_count;
	batch->hashed = true;
}

/* A group that was seen under its old id after it became a supergroup: its row is written, for its
 * registration date, and migrated at once. */
static void follow_move(struct store *store, struct batch *batch, const struct row *row)
{
	int64_t new_id = end_of_moves(store, row->seen.id);
	struct row *migration;

	if (row->seen.scope != SIGHTING_GROUP || new_id == row->seen.id)
		return;
	migration = arena_alloc(&batch->arena, sizeof(*migration));
	migration->seen = (struct sighting) { .scope = SIGHTING_MIGRATION,
					      .id = row->seen.id,
					      .new_id = new_id };
	memcpy(migration->id_hash, row->id_hash, sizeof(migration->id_hash));
	hash_id(store->keys, new_id, migration->new_id_hash);
	batch_add_pending(batch, migration);
}

static void note_known(struct store *store, const struct row *row)
{
	uint8_t hash[ID_HASH_SIZE];

	known_add(store->known, row->id_hash);
	if (row->seen.scope == SIGHTING_MIGRATION)
		known_add(store->known, row->new_id_hash);
	if (!row->seen.username.length)
		return;
	hash_name(store->keys, row->seen.username, hash);
	known_add(store->known, hash);
}

/* The row is not stored, and it did not object. For names that are not ASCII only Postgres can tell
 * which are equal. */
static bool is_fresh(const struct store *store, const struct row *row)
{
	uint8_t hash[ID_HASH_SIZE];

	if (known_may_have(store->known, row->id_hash))
		return false;
	if (!row->seen.username.length)
		return true;
	hash_name(store->keys, row->seen.username, hash);
	return text_is_ascii(row->seen.username) && !known_may_have(store->known, hash);
}

/* Collects the rows to ask Redis about: pending, not fresh, and not known to be stored as they
 * are. */
static size_t collect_unknown(struct store *store, struct batch *batch)
{
	size_t count = 0;

	array_reserve(store->unknown, &store->unknown_capacity, batch->rows_count);
	for (size_t i = 0; i < batch->rows_count; i++) {
		struct row *row = &batch->rows[i];

		row->kind = ROW_UNSURE;
		if (row->outcome != ROW_PENDING || row->seen.scope == SIGHTING_MIGRATION)
			continue;
		switch (recent_look(store->recent, row->id_hash, row->row_hash)) {
		case RECENT_SAME:
			row->outcome = ROW_UNCHANGED;
			batch->counts.unchanged++;
			break;
		case RECENT_OTHER:
			recent_remove(store->recent, row->id_hash);
			row->kind = ROW_STORED;
			break;
		case RECENT_UNKNOWN:
			if (is_fresh(store, row)) {
				row->kind = ROW_FRESH;
				note_known(store, row);
			} else {
				store->unknown[count++] = row;
			}
		}
	}
	return count;
}

/* False when Redis could not be asked, or must not be trusted. */
static bool ask_redis(struct store *store, struct batch *batch)
{
	size_t count = collect_unknown(store, batch);

	if (!cache_is_trusted(&store->cache) || !redis_compare(store->redis, store->unknown, count))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct row *row = store->unknown[i];

		batch->counts.unchanged += row->outcome == ROW_UNCHANGED;
		batch->counts.opted_out += row->outcome == ROW_OPTED_OUT;
		if (row->outcome == ROW_UNCHANGED)
			recent_put(store->recent, row->id_hash, row->row_hash);
	}
	return true;
}

static void sort_work(struct batch *batch)
{
	if (batch->pending_count)
		qsort(batch->pending, batch->pending_count, sizeof(*batch->pending), row_compare);
}

static void collect_pending(struct store *store, struct batch *batch)
{
	size_t rows;

	batch->pending_count = 0;
	for (size_t i = 0; i < batch->rows_count; i++)
		if (batch->rows[i].outcome == ROW_PENDING)
			batch_add_pending(batch, &batch->rows[i]);
	names_resolve(batch->pending, batch->pending_count);
	rows = batch->pending_count;
	for (size_t i = 0; i < rows && store->moves.count; i++)
		follow_move(store, batch, batch->pending[i]);
	for (size_t i = 0; i < batch->pending_count; i++)
		if (batch->pending[i]->kind != ROW_FRESH)
			note_known(store, batch->pending[i]);
	sort_work(batch);
}

void store_compare(struct store *store, struct batch *batch)
{
	uint64_t started_us = clock_boot_us();

	if (!batch->hashed)
		hash_rows(store, batch);
	batch->renew = !ask_redis(store, batch);
	collect_pending(store, batch);
	tables_fill(store->tables, batch->pending, batch->pending_count);
	batch->compared = true;
	batch->write_s += (double)(clock_boot_us() - started_us) / 1e6;
}

/* What Redis holds about rows outside this batch may be wrong from now on. */
static void doubt(struct store *store)
{
	cache_doubt(&store->cache);
	recent_clear(store->recent);
}

/* The order matters: Postgres commits, with a write marker, then Redis is updated, and only then
 * the batch is returned to be acknowledged. Once a second, when Redis knows everything that is
 * committed, the marker is cleared. A recorder that finds the marker of another one, which died in
 * between, invalidates the cache in Redis; where Redis could not be asked the commit itself does
 * so. */
static enum tables_mode mode_of(const struct store *store, const struct batch *batch)
{
	return (batch->renew && cache_wants_renewal(&store->cache) ? TABLES_RENEW : 0) |
	       (store->cache.noted ? 0 : TABLES_NOTE);
}

static bool send(struct store *store, const struct batch *batch, struct postgres_error *error)
{
	return tables_send(store->tables, store->postgres, batch->pending, batch->pending_count,
			   mode_of(store, batch), error);
}

/* Row by row if necessary. */
static bool write_with_care(struct store *store, struct batch *batch, struct postgres_error *error)
{
	for (size_t i = 0; i < batch->pending_count; i++)
		batch->pending[i]->kind = ROW_UNSURE;
	sort_work(batch);
	return tables_write(store->tables, store->postgres, batch->pending, batch->pending_count,
			    mode_of(store, batch) | TABLES_CAREFUL, &batch->counts, error);
}

static bool receive(struct store *store, struct batch *batch, struct postgres_error *error)
{
	return tables_receive(store->tables, store->postgres, &batch->counts, error) ||
	       (error->fault == POSTGRES_DATA && write_with_care(store, batch, error));
}

bool store_send(struct store *store, struct batch *batch, struct postgres_error *error)
{
	store->sent_us = clock_boot_us();
	if (!batch->pending_count || send(store, batch, error))
		return true;
	doubt(store);
	return false;
}

bool store_receive(struct store *store, struct batch *batch, struct postgres_error *error)
{
	if (batch->pending_count) {
		/* It is not known how much of it is committed. */
		if (!receive(store, batch, error)) {
			doubt(store);
			return false;
		}
		if (!store->cache.noted)
			redis_note(store->redis, REDIS_WRITING);
		store->cache.noted = true;
		if (batch->renew)
			cache_renewed(&store->cache);
	}
	batch->write_s += (double)(clock_boot_us() - store->sent_us) / 1e6;
	return true;
}

/* Of rows that changed because of other rows. False when Redis is away. */
static bool forget_ids(struct store *store, const int64_t *ids, size_t count)
{
	uint8_t(*hashes)[ID_HASH_SIZE] = xcalloc(count, sizeof(*hashes));
	bool good;

	for (size_t i = 0; i < count; i++) {
		hash_id(store->keys, ids[i], hashes[i]);
		recent_remove(store->recent, hashes[i]);
	}
	good = redis_remove(store->redis, (const uint8_t(*)[ID_HASH_SIZE])hashes, count);
	free(hashes);
	return good;
}

void store_remember(struct store *store, struct batch *batch)
{
	const int64_t *released;
	size_t released_count;
	bool forgotten;

	for (size_t i = 0; i < batch->pending_count; i++) {
		const struct row *row = batch->pending[i];

		if (row->seen.scope == SIGHTING_MIGRATION) {
			recent_remove(store->recent, row->id_hash);
			recent_remove(store->recent, row->new_id_hash);
		} else if (row->outcome == ROW_WRITTEN && !row->name_lost) {
			recent_put(store->recent, row->id_hash, row->row_hash);
		}
	}
	released = tables_take_released(store->tables, &released_count);
	forgotten = forget_ids(store, released, released_count);
	if (!(redis_store(store->redis, batch->pending, batch->pending_count) && forgotten) &&
	    batch->pending_count && cache_wants_renewal(&store->cache))
		doubt(store);
}

/* --- once a second --- */

static bool forget_removals(struct store *store, const struct postgres_result *found,
			    struct postgres_error *error)
{
	uint8_t hashes[REMOVALS_MAX][ID_HASH_SIZE];
	struct postgres_result *result;
	struct buffer array = { 0 };
	struct postgres_value value;
	size_t count = (size_t)postgres_rows(found);

	array_start(&array, ARRAY_OID_BYTEA, count);
	for (size_t i = 0; i < count; i++) {
		hash_from_hex(postgres_field(found, (int)i, 0), hashes[i]);
		recent_remove(store->recent, hashes[i]);
		known_add(store->known, hashes[i]);
		array_bytes(&array, (struct text) { (const char *)hashes[i], ID_HASH_SIZE });
	}
	if (!redis_remove(store->redis, (const uint8_t(*)[ID_HASH_SIZE])hashes, count)) {
		buffer_finish(&array);
		return true; /* they are kept until Redis is back */
	}
	value = (struct postgres_value) { .data = (const char *)array.data,
					  .size = (int)array.size,
					  .binary = true };
	result = postgres_query(store->postgres,
				"DELETE FROM redis_removals WHERE hash = ANY($1::bytea[])", &value,
				1, error);
	buffer_finish(&array);
	postgres_result_free(result);
	return result != NULL;
}

static void watch_tables(struct store *store, const struct database_state *state)
{
	uint64_t now_ms = clock_boot_ms();

	if (!strcmp(store->incarnation, state->incarnation) &&
	    now_ms - store->cleared_ms < MEMORY_MS)
		return;
	memcpy(store->incarnation, state->incarnation, sizeof(store->incarnation));
	store->cleared_ms = now_ms;
	recent_clear(store->recent);
	known_clear(store->known);
}

/* People who objected, or withdrew that, through another program. */
static bool take_removals(struct store *store, struct postgres_error *error)
{
	struct postgres_result *found;
	bool good;

	found = postgres_query(store->postgres,
			       "SELECT encode(hash, 'hex') FROM redis_removals LIMIT 1000", NULL, 0,
			       error);
	if (!found)
		return false;
	good = !postgres_rows(found) || forget_removals(store, found, error);
	postgres_result_free(found);
	return good;
}

static bool check_lock(struct database_state *state, struct postgres_error *error)
{
	if (state->locked)
		return true;
	*error = (struct postgres_error) { .fault = POSTGRES_LOST };
	snprintf(error->text, sizeof(error->text),
		 "the lock of the active recorder is gone; DATABASE_URL must be a direct "
		 "connection, not one through a pooler that shares sessions");
	return false;
}

static bool renew(struct store *store, struct database_state *state, struct postgres_error *error)
{
	if (!state_renew_incarnation(store->postgres, error))
		return false;
	cache_renewed(&store->cache);
	return state_read(store->postgres, state, error);
}

/* Redis knows everything that is committed: clears the marker and stores the same value for this
 * state on both sides. Tables restored from a backup have another value. */
static bool clear_write_marker(struct store *store, struct postgres_error *error)
{
	char settled[SETTLED_SIZE];

	if (!store->cache.noted || !redis_is_ready(store->redis))
		return true;
	if (!state_take_note_back(store->postgres, settled, error))
		return false;
	redis_note(store->redis, settled);
	store->cache.noted = false;
	return true;
}

void store_leave(struct store *store)
{
	struct postgres_error error;

	if (!store->postgres || cache_is_doubted(&store->cache))
		return;
	postgres_set_patience(store->postgres, LEAVE_MS);
	if (!clear_write_marker(store, &error))
		log_warn("leaving without clearing the write marker; the next recorder rebuilds "
			 "the cache",
			 log_text("error", error.text));
}

/* No batch is in flight now, so a write marker that is not ours was left behind. */
static bool resolve_doubt(struct store *store, struct database_state *state,
			  struct postgres_error *error)
{
	if (state->writing && cache_find_note(&store->cache))
		log_notice("a recorder died mid-write; rebuilding the cache");
	return !cache_is_doubted(&store->cache) || renew(store, state, error);
}

static enum redis_check compare_states(struct store *store, const struct database_state *state)
{
	return redis_check(store->redis, state,
			   store->cache.noted ? REDIS_WRITING : state->settled);
}

static bool check_redis(struct store *store, struct database_state *state,
			struct postgres_error *error)
{
	if (compare_states(store, state) == REDIS_OTHER) {
		log_warn("the tables are not those that Redis remembers; rebuilding the cache");
		if (!renew(store, state, error))
			return false;
		compare_states(store, state);
	}
	if (redis_is_ready(store->redis))
		cache_ready(&store->cache);
	else if (redis_is_refused(store->redis) && !store->was_active)
		refuse(store, EX_UNAVAILABLE, "REDIS_URL", redis_state(store->redis),
		       "check user, password and database");
	return true;
}

bool store_check(struct store *store, struct postgres_error *error)
{
	struct database_state state;

	if (!state_read(store->postgres, &state, error) || !check_lock(&state, error) ||
	    !resolve_doubt(store, &state, error))
		return false;
	watch_tables(store, &state);
	if (!check_redis(store, &state, error) || !clear_write_marker(store, error))
		return false;
	store->was_active = true;
	if ((state.removals && !take_removals(store, error)) ||
	    !marks_sweep(store->postgres, &store->marks_due_ms, error))
		return false;
	/* Larger tables would not fit the filter. */
	return state.rows > KNOWN_KEYS_MAX ||
	       known_learn(store->known, store->postgres, store->keys, error);
}
