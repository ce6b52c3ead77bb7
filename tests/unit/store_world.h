/* store_world.h - the recorder's store between a Postgres, tables and a Redis of the test's own:
 * each call of theirs is noted as a word, and what it gives is said by the test. They take the
 * place of the real ones because the linker finds them first. */
#ifndef TESTS_UNIT_STORE_WORLD_H
#define TESTS_UNIT_STORE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/database/migrations.h"
#include "common/database/state.h"
#include "common/xalloc.h"
#include "recorder/redis.h"
#include "recorder/store.h"
#include "recorder/tables.h"

#define SESSION 7
#define ROWS_MAX 8
#define KEY "0123456789abcdef"

/* --- what happened ---------------------------------------------------------------------------- */

static char events[4096];

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...)
{
	size_t used = strlen(events);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(events + used, sizeof(events) - used, format, arguments);
	va_end(arguments);
}

/* Since the last call. */
static void happened(const char *wanted)
{
	assert_string_equal(events, wanted);
	events[0] = '\0';
}

static void forget_events(void)
{
	events[0] = '\0';
}

/* --- Postgres --------------------------------------------------------------------------------- */

struct postgres_result {
	int rows;
	size_t affected;
	char fields[2][40];
};

static struct {
	const char *fails; /* the call of this name */
	enum postgres_fault fault;
	bool other_key, is_shared;
	const char *sqlstate; /* of what fails */
	struct database_state state;
	char removals[2][40]; /* hex */
	int removals_count;
	size_t old_marks; /* older than a day */
	unsigned sweeps;
	unsigned renewals;
} postgres;

static bool works(const char *name, struct postgres_error *error)
{
	if (!postgres.fails || strcmp(postgres.fails, name) != 0)
		return true;
	*error = (struct postgres_error) { .fault = postgres.fault };
	snprintf(error->text, sizeof(error->text), "%s failed", name);
	snprintf(error->sqlstate, sizeof(error->sqlstate), "%s",
		 postgres.sqlstate ? postgres.sqlstate : "");
	return false;
}

struct postgres *postgres_connect(const char *url, const char *application, int stop_fd,
				  struct postgres_error *error)
{
	(void)url;
	(void)application;
	(void)stop_fd;
	note("connect ");
	return works("connect", error) ? (struct postgres *)&postgres : NULL;
}

bool postgres_shares_sessions(struct postgres *connection, const char *url, bool *shares,
			      struct postgres_error *error)
{
	(void)connection;
	(void)url;
	*shares = postgres.is_shared;
	return works("shares", error);
}

void postgres_close(struct postgres *connection)
{
	if (connection)
		note("close ");
}

void postgres_set_patience(struct postgres *connection, uint64_t patience_ms)
{
	assert_non_null(connection);
	note("patience-%u ", (unsigned)patience_ms);
}

struct postgres_result *postgres_query(struct postgres *connection, const char *sql,
				       const struct postgres_value *values, int values_count,
				       struct postgres_error *error)
{
	struct postgres_result *result = xcalloc(1, sizeof(*result));

	(void)values;
	assert_non_null(connection);
	if (!strncmp(sql, "DELETE FROM redis_removals", 26)) {
		note("delete-removals ");
		assert_int_equal(values_count, 1);
		postgres.removals_count = 0;
	} else if (!strncmp(sql, "DELETE FROM marks", 17)) {
		postgres.sweeps++;
		result->affected = postgres.old_marks < 5000 ? postgres.old_marks : 5000;
		postgres.old_marks -= result->affected;
	} else if (strstr(sql, "redis_removals")) {
		result->rows = postgres.removals_count;
		memcpy(result->fields, postgres.removals, sizeof(result->fields));
	} else if (strstr(sql, "FROM users")) {
		note("learn ");
	}
	if (works("query", error))
		return result;
	free(result);
	return NULL;
}

size_t postgres_affected(const struct postgres_result *result)
{
	return result->affected;
}

int postgres_rows(const struct postgres_result *result)
{
	return result->rows;
}

const char *postgres_field(const struct postgres_result *result, int row, int column)
{
	assert_int_equal(column, 0);
	return result->fields[row];
}

void postgres_result_free(struct postgres_result *result)
{
	free(result);
}

bool migrations_apply(struct postgres *connection, bool dry_run, migrations_report_fn *report,
		      void *owner, struct postgres_error *error)
{
	(void)connection;
	(void)report;
	(void)owner;
	assert_false(dry_run);
	note("migrate ");
	return works("migrate", error);
}

bool state_start_session(struct postgres *connection, struct postgres_error *error)
{
	(void)connection;
	note("session ");
	return works("session", error);
}

bool state_check_key(struct postgres *connection, const struct hash_keys *keys, bool *same,
		     struct postgres_error *error)
{
	(void)connection;
	assert_non_null(keys);
	note("key ");
	*same = !postgres.other_key;
	return works("key", error);
}

bool state_grant_roles(struct postgres *connection, struct postgres_error *error)
{
	(void)connection;
	note("roles ");
	return works("roles", error);
}

bool state_try_lock(struct postgres *connection, bool *locked, struct postgres_error *error)
{
	(void)connection;
	*locked = true;
	return works("lock", error);
}

bool state_read(struct postgres *connection, struct database_state *out,
		struct postgres_error *error)
{
	(void)connection;
	*out = postgres.state;
	out->removals = postgres.removals_count > 0;
	return works("read", error);
}

static void renew(void)
{
	postgres.renewals++;
	snprintf(postgres.state.incarnation, sizeof(postgres.state.incarnation), "renewed %u",
		 postgres.renewals);
}

bool state_renew_incarnation(struct postgres *connection, struct postgres_error *error)
{
	(void)connection;
	note("renew ");
	renew();
	return works("renew", error);
}

bool state_take_note_back(struct postgres *connection, char settled[SETTLED_SIZE],
			  struct postgres_error *error)
{
	(void)connection;
	note("take-note-back ");
	postgres.state.writing = false;
	snprintf(settled, SETTLED_SIZE, "settled");
	snprintf(postgres.state.settled, sizeof(postgres.state.settled), "settled");
	return works("take-note-back", error);
}

/* --- the tables ------------------------------------------------------------------------------- */

static struct {
	struct row *const *rows; /* under way */
	size_t count;
	enum tables_mode mode;
	int64_t released[2];
	size_t released_count;
	enum row_outcome outcome; /* of what is written */
} tables_now;

struct tables *tables_create(void)
{
	return (struct tables *)&tables_now;
}

void tables_destroy(struct tables *tables)
{
	(void)tables;
}

bool tables_prepare(struct postgres *connection, struct postgres_error *error)
{
	(void)connection;
	note("prepare ");
	return works("prepare", error);
}

int row_compare(const void *left, const void *right)
{
	const struct row *a = *(struct row *const *)left, *b = *(struct row *const *)right;

	return (a->seen.id > b->seen.id) - (a->seen.id < b->seen.id);
}

static void commit(struct row *const *rows, size_t count, enum tables_mode mode)
{
	for (size_t i = 0; i < count; i++)
		rows[i]->outcome = tables_now.outcome;
	if (mode & TABLES_NOTE)
		postgres.state.writing = true;
	if (mode & TABLES_RENEW)
		renew();
}

static void note_rows(const char *word, struct row *const *rows, size_t count,
		      enum tables_mode mode)
{
	static const char *const kinds_now[] = { "", "fresh:", "stored:" };

	note("%s%s%s%s", word, mode & TABLES_NOTE ? "+note" : "",
	     mode & TABLES_RENEW ? "+renew" : "", mode & TABLES_CAREFUL ? "+careful" : "");
	for (size_t i = 0; i < count; i++)
		note(",%s%lld", kinds_now[rows[i]->kind], (long long)rows[i]->seen.id);
	note(" ");
}

bool tables_write(struct tables *tables, struct postgres *connection, struct row *const *rows,
		  size_t count, enum tables_mode mode, struct batch_counts *counts,
		  struct postgres_error *error)
{
	(void)tables;
	(void)connection;
	note_rows("write", rows, count, mode);
	if (!works("write", error))
		return false;
	counts->written += count;
	commit(rows, count, mode);
	return true;
}

void tables_fill(struct tables *tables, struct row *const *rows, size_t count)
{
	(void)tables;
	(void)rows;
	(void)count;
}

bool tables_send(struct tables *tables, struct postgres *connection, struct row *const *rows,
		 size_t count, enum tables_mode mode, struct postgres_error *error)
{
	(void)tables;
	(void)connection;
	note_rows("send", rows, count, mode);
	tables_now.rows = rows;
	tables_now.count = count;
	tables_now.mode = mode;
	return works("send", error);
}

bool tables_receive(struct tables *tables, struct postgres *connection, struct batch_counts *counts,
		    struct postgres_error *error)
{
	(void)tables;
	(void)connection;
	note("receive ");
	if (!works("receive", error))
		return false;
	counts->written += tables_now.count;
	commit(tables_now.rows, tables_now.count, tables_now.mode);
	return true;
}

const int64_t *tables_take_released(struct tables *tables, size_t *count)
{
	(void)tables;
	*count = tables_now.released_count;
	tables_now.released_count = 0;
	return tables_now.released;
}

/* --- Redis ------------------------------------------------------------------------------------ */

static struct {
	bool away, refused, ready;
	bool cannot_store, cannot_remove;
	enum row_outcome outcome; /* of rows that it is asked about */
	bool knows_others;        /* another state of the tables, until the incarnation is new */
	char incarnation[INCARNATION_SIZE];
	char known[SETTLED_SIZE];
} redis_now;

struct redis *redis_create(const char *url, struct why *why)
{
	if (!strcmp(url, "redis://good"))
		return (struct redis *)&redis_now;
	snprintf(why->text, sizeof(why->text), "malformed");
	return NULL;
}

void redis_destroy(struct redis *redis)
{
	(void)redis;
}

enum redis_check redis_check(struct redis *redis, const struct database_state *state,
			     const char *known)
{
	(void)redis;
	redis_now.ready = !redis_now.away && !redis_now.refused;
	if (!redis_now.ready)
		return REDIS_AWAY;
	if (redis_now.knows_others && !strcmp(redis_now.incarnation, state->incarnation))
		return REDIS_OTHER;
	redis_now.knows_others = false;
	snprintf(redis_now.incarnation, sizeof(redis_now.incarnation), "%s", state->incarnation);
	snprintf(redis_now.known, sizeof(redis_now.known), "%s", known);
	return REDIS_READY;
}

void redis_note(struct redis *redis, const char *known)
{
	(void)redis;
	note("redis-note-%s ", known);
}

void redis_probe(struct redis *redis)
{
	(void)redis;
	note("probe ");
}

bool redis_is_ready(const struct redis *redis)
{
	(void)redis;
	return redis_now.ready;
}

const char *redis_state(const struct redis *redis)
{
	(void)redis;
	return redis_now.refused ? "WRONGPASS" : redis_now.ready ? "ready" : "away";
}

bool redis_is_refused(const struct redis *redis)
{
	(void)redis;
	return redis_now.refused;
}

bool redis_compare(struct redis *redis, struct row *const *rows, size_t count)
{
	(void)redis;
	if (redis_now.away) {
		redis_now.ready = false;
		return false;
	}
	note("compare");
	for (size_t i = 0; i < count; i++) {
		note(",%lld", (long long)rows[i]->seen.id);
		rows[i]->outcome = redis_now.outcome;
	}
	note(" ");
	return redis_now.ready;
}

bool redis_store(struct redis *redis, struct row *const *rows, size_t count)
{
	(void)redis;
	(void)rows;
	note("redis-store-%zu ", count);
	return redis_now.ready && !redis_now.cannot_store;
}

bool redis_remove(struct redis *redis, const uint8_t (*id_hashes)[ID_HASH_SIZE], size_t count)
{
	(void)redis;
	(void)id_hashes;
	if (count)
		note("redis-remove-%zu ", count);
	return redis_now.ready && !redis_now.cannot_remove;
}

uint64_t redis_errors(const struct redis *redis)
{
	(void)redis;
	return 3;
}

/* --- the world -------------------------------------------------------------------------------- */

struct world {
	struct settings settings;
	struct store *store;
	struct postgres_error error;
};

static int set_up(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct why why;

	memset(&postgres, 0, sizeof(postgres));
	memset(&tables_now, 0, sizeof(tables_now));
	memset(&redis_now, 0, sizeof(redis_now));
	forget_events();
	postgres.state.locked = true;
	snprintf(postgres.state.incarnation, sizeof(postgres.state.incarnation), "first");
	postgres.state.rows = UINT64_MAX; /* too many to learn, unless a test says otherwise */
	tables_now.outcome = ROW_WRITTEN;
	w->settings = (struct settings) { .privacy_key = KEY,
					  .redis_url = "redis://good",
					  .database_url = "" };
	w->store = store_create(&w->settings, -1, &why);
	assert_non_null(w->store);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	store_destroy(w->store);
	free(w);
	return 0;
}

static void check(struct world *w)
{
	assert_true(store_check(w->store, &w->error));
}

/* Connected, active, Redis ready. */
static void begin(struct world *w)
{
	bool locked;

	assert_true(store_connect(w->store, &w->error));
	assert_true(store_try_lock(w->store, &locked, &w->error));
	check(w);
	forget_events();
}

static struct sighting user(int64_t id, const char *name)
{
	return (struct sighting) {
		.scope = SIGHTING_USER, .id = id, .version = 1, .first_name = { name, strlen(name) }
	};
}

static struct batch *batch_of_one(struct sighting seen)
{
	struct batch *batch = batch_create(ROWS_MAX, SESSION, 0);

	batch_add(batch, &seen);
	return batch;
}

/* The whole way; what happened remains to be looked at. */
static void write_batch(struct world *w, struct batch *batch)
{
	store_compare(w->store, batch);
	assert_true(store_send(w->store, batch, &w->error));
	assert_true(store_receive(w->store, batch, &w->error));
	store_remember(w->store, batch);
}

static void write_user(struct world *w, int64_t id, const char *name)
{
	struct batch *batch = batch_of_one(user(id, name));

	write_batch(w, batch);
	batch_destroy(batch);
}

#endif
