/* writer.c - see writer.h. The thread side reads top to bottom from write_batch() to run(); what
 * the loop calls comes last. */
#define LOG_SUBSYSTEM "writer"
#include "recorder/writer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "recorder/array.h"
#include "recorder/migrations.h"
#include "recorder/moves.h"
#include "recorder/postgres.h"
#include "recorder/redis.h"
#include "recorder/state.h"
#include "recorder/tables.h"

#define CHECK_MS 1000
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 2000
#define LOG_AGAIN_MS 60000
#define REMOVALS_MAX 1000
#define MOVE_STEPS_MAX 8

struct queue {
	struct batch *first, **last;
};

struct writer {
	pthread_t thread;
	struct loop *loop;
	writer_done_fn *done_fn;
	writer_changed_fn *changed_fn;
	void *owner;
	int stop_fd, wake_fd, done_fd;
	_Atomic uint64_t session;

	pthread_mutex_t mutex; /* guards: */
	struct queue waiting, done;
	struct writer_state state;

	/* of the thread */
	const char *database_url;
	struct hash_keys *keys;
	struct postgres *postgres;
	struct redis *redis;
	struct tables *tables;
	struct moves moves;
	struct batch *batch; /* in hand */
	struct row **work;   /* pointers to its rows */
	size_t work_capacity;
	struct writer_state seen; /* the thread's own copy of state */
	bool was_connected, active;
	bool redis_void; /* a commit has made void what Redis knows, since it went away */
	uint64_t check_due_ms, backoff_ms, logged_ms;
};

/* --- queues --- */

static void queue_init(struct queue *queue)
{
	queue->first = NULL;
	queue->last = &queue->first;
}

static void queue_add(struct queue *queue, struct batch *batch)
{
	batch->next = NULL;
	*queue->last = batch;
	queue->last = &batch->next;
}

static struct batch *queue_take(struct queue *queue)
{
	struct batch *batch = queue->first;

	if (batch)
		queue->first = batch->next;
	if (!queue->first)
		queue->last = &queue->first;
	return batch;
}

static void queue_finish(struct queue *queue)
{
	struct batch *batch;

	while ((batch = queue_take(queue)))
		batch_destroy(batch);
}

static void signal_fd(int fd)
{
	uint64_t one = 1;

	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void drain_fd(int fd)
{
	uint64_t count;

	while (read(fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
}

/* --- state, as others see it --- */

static void publish(struct writer *writer)
{
	struct writer_state *seen = &writer->seen;

	seen->active = writer->active;
	seen->redis_ready = redis_is_ready(writer->redis) ||
			    (!writer->active && !strcmp(redis_state(writer->redis), "ready"));
	seen->redis_errors = redis_errors(writer->redis);
	if (strcmp(seen->redis, redis_state(writer->redis))) {
		snprintf(seen->redis, sizeof(seen->redis), "%s", redis_state(writer->redis));
		if (strcmp(seen->redis, "ready"))
			log_warn("going on without Redis error=\"%s\"", seen->redis);
		else
			log_notice("Redis is ready");
	}
	pthread_mutex_lock(&writer->mutex);
	writer->state = *seen;
	pthread_mutex_unlock(&writer->mutex);
	signal_fd(writer->done_fd);
}

static void set_postgres(struct writer *writer, bool ready, const char *text)
{
	bool changed = strcmp(writer->seen.postgres, text) != 0;

	writer->seen.postgres_ready = ready;
	snprintf(writer->seen.postgres, sizeof(writer->seen.postgres), "%s", text);
	if (changed && ready)
		log_notice("Postgres is ready active=%s", writer->active ? "true" : "false");
	publish(writer);
}

static void set_active(struct writer *writer, bool active)
{
	if (writer->active == active)
		return;
	writer->active = active;
	log_notice("%s", active ? "active: this recorder writes" : "no longer the active recorder");
	publish(writer);
}

static void give_up(struct writer *writer, int exit_code, const char *setting, const char *text,
		    const char *advice)
{
	writer->seen.exit_code = exit_code;
	snprintf(writer->seen.exit_text, sizeof(writer->seen.exit_text), "%s: %s; %s", setting,
		 text, advice);
	publish(writer);
}

/* Waits, for work too if `for_work`. False when the thread is to stop. */
static bool wait_ms(struct writer *writer, uint64_t ms, bool for_work)
{
	struct pollfd fds[] = { { .fd = writer->stop_fd, .events = POLLIN },
				{ .fd = writer->wake_fd, .events = POLLIN } };

	if (poll(fds, for_work ? 2 : 1, (int)ms) > 0 && for_work && fds[1].revents)
		drain_fd(writer->wake_fd);
	return !fds[0].revents;
}

/* --- trouble --- */

static void lose_postgres(struct writer *writer)
{
	postgres_close(writer->postgres);
	writer->postgres = NULL;
	set_active(writer, false);
}

/* What every failure of Postgres comes to: counted, said once, waited for. */
static void on_error(struct writer *writer, const struct postgres_error *error)
{
	uint64_t now = clock_boot_ms();

	if (error->fault == POSTGRES_STOPPED)
		return;
	if (error->fault == POSTGRES_REFUSED && !writer->was_connected)
		give_up(writer, EX_UNAVAILABLE, "DATABASE_URL", error->text,
			"the server refuses this for good");
	writer->seen.postgres_errors++;
	if (strcmp(writer->seen.postgres, error->text) || now - writer->logged_ms > LOG_AGAIN_MS) {
		writer->logged_ms = now;
		log_warn("waiting for Postgres, nothing is lost meanwhile error=\"%s\"",
			 error->text);
	}
	if (error->fault == POSTGRES_LOST || error->fault == POSTGRES_REFUSED)
		lose_postgres(writer);
	set_postgres(writer, false, error->text);
	wait_ms(writer, writer->backoff_ms / 2 + random_u64() % (writer->backoff_ms / 2 + 1),
		false);
	writer->backoff_ms *= 2;
	if (writer->backoff_ms > BACKOFF_MAX_MS)
		writer->backoff_ms = BACKOFF_MAX_MS;
}

static void on_success(struct writer *writer)
{
	writer->backoff_ms = BACKOFF_MIN_MS;
	if (!writer->seen.postgres_ready)
		set_postgres(writer, true, "ready");
}

/* --- a batch --- */

static int64_t end_of_moves(const struct writer *writer, int64_t id)
{
	for (int i = 0; i < MOVE_STEPS_MAX; i++) {
		int64_t next = moves_find(&writer->moves, id);

		if (!next)
			break;
		id = next;
	}
	return id;
}

static void add_work(struct writer *writer, size_t *count, struct row *row)
{
	if (*count == writer->work_capacity) {
		writer->work_capacity = writer->work_capacity ? 2 * writer->work_capacity : 1024;
		writer->work = xreallocarray(writer->work, writer->work_capacity,
					     sizeof(struct row *));
	}
	writer->work[(*count)++] = row;
}

/* Chains of migrations end at the newest id whatever their order. */
static void note_migrations(struct writer *writer, struct batch *batch)
{
	for (size_t i = 0; i < batch->rows_count; i++)
		if (batch->rows[i].seen.scope == SIGHTING_MIGRATION)
			moves_add(&writer->moves, batch->rows[i].seen.id,
				  batch->rows[i].seen.new_id);
	for (size_t i = 0; i < batch->rows_count; i++) {
		struct row *row = &batch->rows[i];

		if (row->seen.scope != SIGHTING_MIGRATION)
			continue;
		row->seen.new_id = end_of_moves(writer, row->seen.new_id);
		hash_id(writer->keys, row->seen.new_id, row->new_id_hash);
	}
}

static void take_batch(struct writer *writer, struct batch *batch)
{
	for (size_t i = 0; i < batch->rows_count; i++) {
		struct row *row = &batch->rows[i];

		hash_id(writer->keys, row->seen.id, row->id_hash);
		if (row->seen.scope != SIGHTING_MIGRATION)
			hash_row(writer->keys, &row->seen, row->row_hash);
	}
	note_migrations(writer, batch);
	/* Sightings that were replaced within the batch. */
	batch->counts.unchanged += batch->received_count - batch->rows_count;
	writer->batch = batch;
}

/* A group that was seen under its old id after it became a supergroup: its row is written for its
 * registration date, and moves on at once. */
static void follow_move(struct writer *writer, size_t *count, struct row *row)
{
	int64_t new_id = end_of_moves(writer, row->seen.id);
	struct row *migration;

	if (row->seen.scope != SIGHTING_GROUP || new_id == row->seen.id)
		return;
	migration = arena_alloc(&writer->batch->arena, sizeof(*migration));
	migration->seen = (struct sighting) { .scope = SIGHTING_MIGRATION,
					      .id = row->seen.id,
					      .new_id = new_id };
	memcpy(migration->id_hash, row->id_hash, sizeof(migration->id_hash));
	hash_id(writer->keys, new_id, migration->new_id_hash);
	add_work(writer, count, migration);
}

/* Asks Redis about the rows that are pending; false when it could not be asked. */
static bool compare(struct writer *writer, struct batch *batch)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->rows_count; i++)
		if (batch->rows[i].outcome == ROW_PENDING &&
		    batch->rows[i].seen.scope != SIGHTING_MIGRATION)
			add_work(writer, &count, &batch->rows[i]);
	if (!redis_compare(writer->redis, writer->work, count))
		return false;
	for (size_t i = 0; i < count; i++) {
		batch->counts.unchanged += writer->work[i]->outcome == ROW_UNCHANGED;
		batch->counts.opted_out += writer->work[i]->outcome == ROW_OPTED_OUT;
	}
	return true;
}

static size_t collect_pending(struct writer *writer, struct batch *batch)
{
	size_t count = 0, rows;

	for (size_t i = 0; i < batch->rows_count; i++)
		if (batch->rows[i].outcome == ROW_PENDING)
			add_work(writer, &count, &batch->rows[i]);
	rows = count;
	for (size_t i = 0; i < rows && writer->moves.count; i++)
		follow_move(writer, &count, writer->work[i]);
	qsort(writer->work, count, sizeof(*writer->work), row_compare);
	return count;
}

/* The order is the promise: Redis forgets what will change, Postgres commits, Redis learns, and
 * only then the batch is given back to be acknowledged. Where Redis could not forget, the commit
 * makes its memory void. False: to be tried again. */
static bool write_batch(struct writer *writer)
{
	struct batch *batch = writer->batch;
	uint64_t started_us = clock_boot_us();
	bool renew = !compare(writer, batch) && !writer->redis_void;
	size_t count = collect_pending(writer, batch);
	struct postgres_error error;

	if (count && !tables_write(writer->tables, writer->postgres, writer->work, count, renew,
				   &batch->counts, &error)) {
		publish(writer);
		on_error(writer, &error);
		return false;
	}
	if (count) {
		writer->redis_void |= renew;
		redis_store(writer->redis, writer->work, count);
		on_success(writer);
	}
	batch->write_s = (double)(clock_boot_us() - started_us) / 1e6;
	return true;
}

static void finish_batch(struct writer *writer)
{
	pthread_mutex_lock(&writer->mutex);
	queue_add(&writer->done, writer->batch);
	pthread_mutex_unlock(&writer->mutex);
	writer->batch = NULL;
	signal_fd(writer->done_fd);
}

/* Batches of ended sessions go back as they are: ingress sends their sightings again, perhaps with
 * newer fields. */
static bool next_batch(struct writer *writer)
{
	for (;;) {
		if (writer->batch && writer->batch->session == atomic_load(&writer->session))
			return true;
		if (writer->batch)
			finish_batch(writer);
		pthread_mutex_lock(&writer->mutex);
		writer->batch = queue_take(&writer->waiting);
		pthread_mutex_unlock(&writer->mutex);
		if (!writer->batch)
			return false;
		take_batch(writer, writer->batch);
	}
}

/* --- once a second --- */

static uint8_t hex_value(char digit)
{
	return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static bool forget_removals(struct writer *writer, const struct postgres_result *found,
			    struct postgres_error *error)
{
	uint8_t hashes[REMOVALS_MAX][ID_HASH_SIZE];
	struct postgres_result *result;
	struct buffer array = { 0 };
	struct postgres_value value;
	size_t count = (size_t)postgres_rows(found);

	array_start(&array, ARRAY_OID_BYTEA, count);
	for (size_t i = 0; i < count; i++) {
		const char *hex = postgres_field(found, (int)i, 0);

		for (size_t j = 0; j < ID_HASH_SIZE; j++)
			hashes[i][j] = (uint8_t)(hex_value(hex[2 * j]) << 4 |
						 hex_value(hex[2 * j + 1]));
		array_bytes(&array, (struct text) { (const char *)hashes[i], ID_HASH_SIZE });
	}
	if (!redis_remove(writer->redis, (const uint8_t(*)[ID_HASH_SIZE])hashes, count)) {
		buffer_finish(&array);
		return true; /* they stay until Redis is back */
	}
	value = (struct postgres_value) { .data = (const char *)array.data,
					  .size = (int)array.size,
					  .binary = true };
	result = postgres_query(writer->postgres,
				"DELETE FROM redis_removals WHERE hash = ANY($1::bytea[])", &value,
				1, error);
	buffer_finish(&array);
	postgres_result_free(result);
	return result != NULL;
}

/* People who objected, or took it back, through another program. */
static bool take_removals(struct writer *writer, struct postgres_error *error)
{
	struct postgres_result *found;
	bool good;

	if (!redis_is_ready(writer->redis))
		return true;
	found = postgres_query(writer->postgres,
			       "SELECT encode(hash, 'hex') FROM redis_removals LIMIT 1000", NULL, 0,
			       error);
	if (!found)
		return false;
	good = !postgres_rows(found) || forget_removals(writer, found, error);
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

static bool check_stores(struct writer *writer, struct postgres_error *error)
{
	struct database_state state;

	if (!state_read(writer->postgres, &state, error) || !check_lock(&state, error))
		return false;
	if (redis_check(writer->redis, &state) == REDIS_AHEAD) {
		log_warn("the database is older than what Redis remembers; Redis starts anew");
		if (!state_renew_incarnation(writer->postgres, error) ||
		    !state_read(writer->postgres, &state, error))
			return false;
		redis_check(writer->redis, &state);
	}
	if (redis_is_ready(writer->redis))
		writer->redis_void = false;
	else if (redis_is_refused(writer->redis) && !writer->was_connected)
		give_up(writer, EX_UNAVAILABLE, "REDIS_URL", redis_state(writer->redis),
			"check user, password and database");
	return take_removals(writer, error);
}

static void check(struct writer *writer)
{
	struct postgres_error error;

	writer->check_due_ms = clock_boot_ms() + CHECK_MS;
	if (!check_stores(writer, &error)) {
		on_error(writer, &error);
		return;
	}
	writer->was_connected = true;
	if (!writer->batch)
		on_success(writer);
	publish(writer);
}

/* --- connecting --- */

static void report_migration(void *owner, const char *name, enum migration_state state)
{
	(void)owner;
	switch (state) {
	case MIGRATION_APPLIED:
		break;
	case MIGRATION_CHANGED:
		log_warn("going on with a schema made by another version of a migration name=%s",
			 name);
		break;
	case MIGRATION_PENDING:
		log_notice("applying migration name=%s", name);
		break;
	}
}

static bool prepare_database(struct writer *writer, struct postgres_error *error)
{
	struct postgres *postgres = writer->postgres;
	struct postgres_error roles;
	bool same;

	if (!migrations_apply(postgres, false, report_migration, NULL, error) ||
	    !state_start_session(postgres, error) ||
	    !state_check_key(postgres, writer->keys, &same, error))
		return false;
	if (!same)
		give_up(writer, EX_CONFIG, "KORONE_PRIVACY_KEY",
			"is not the key that this database was filled with",
			"set that key, or use another database");
	if (!state_grant_roles(postgres, &roles)) {
		if (roles.fault == POSTGRES_LOST) {
			*error = roles;
			return false;
		}
		log_warn("going on without rights for the role korone_worker error=\"%s\"",
			 roles.text);
	}
	return tables_prepare(postgres, error);
}

static void connect_postgres(struct writer *writer)
{
	struct postgres_error error;

	writer->postgres = postgres_connect(writer->database_url, "korone-recorder",
					    writer->stop_fd, &error);
	if (writer->postgres && prepare_database(writer, &error))
		return;
	/* Preparing starts from the beginning. */
	lose_postgres(writer);
	on_error(writer, &error);
}

static void try_to_become_active(struct writer *writer)
{
	struct postgres_error error;
	bool locked;

	if (!state_try_lock(writer->postgres, &locked, &error)) {
		on_error(writer, &error);
		return;
	}
	if (!locked) {
		redis_probe(writer->redis);
		on_success(writer);
		publish(writer);
		wait_ms(writer, CHECK_MS, false);
		return;
	}
	set_active(writer, true);
	check(writer);
}

/* --- the thread --- */

static void work_once(struct writer *writer)
{
	if (clock_boot_ms() >= writer->check_due_ms) {
		check(writer);
		return;
	}
	if (!next_batch(writer)) {
		wait_ms(writer, CHECK_MS / 4, true);
		return;
	}
	if (write_batch(writer))
		finish_batch(writer);
}

static void *run(void *argument)
{
	struct writer *writer = argument;

	while (wait_ms(writer, 0, false)) {
		if (writer->seen.exit_code)
			wait_ms(writer, CHECK_MS, false);
		else if (!writer->postgres)
			connect_postgres(writer);
		else if (!writer->active)
			try_to_become_active(writer);
		else
			work_once(writer);
	}
	return NULL;
}

/* --- the loop's side --- */

static void on_done(void *owner, int fd, uint32_t events)
{
	struct writer *writer = owner;
	struct batch *batch;

	(void)events;
	drain_fd(fd);
	for (;;) {
		pthread_mutex_lock(&writer->mutex);
		batch = queue_take(&writer->done);
		pthread_mutex_unlock(&writer->mutex);
		if (!batch)
			break;
		writer->done_fn(writer->owner, batch);
	}
	writer->changed_fn(writer->owner);
}

static void start_thread(struct writer *writer)
{
	sigset_t all, before;

	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&writer->thread, NULL, run, writer) != 0)
		fatal(EX_OSERR, "cannot start a thread");
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct writer *writer_start(const struct settings *settings, struct loop *loop,
			    writer_done_fn *done, writer_changed_fn *changed, void *owner,
			    struct why *why)
{
	struct redis *redis = redis_create(settings->redis_url, why);
	struct writer *writer;

	if (!redis)
		return NULL;
	writer = xmalloc(sizeof(*writer));
	writer->loop = loop;
	writer->done_fn = done;
	writer->changed_fn = changed;
	writer->owner = owner;
	writer->redis = redis;
	writer->database_url = settings->database_url;
	writer->keys = hash_keys_create(settings->privacy_key);
	writer->tables = tables_create();
	writer->backoff_ms = BACKOFF_MIN_MS;
	writer->stop_fd = eventfd(0, EFD_CLOEXEC);
	writer->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	writer->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (writer->stop_fd < 0 || writer->wake_fd < 0 || writer->done_fd < 0)
		fatal(EX_OSERR, "cannot make an eventfd");
	snprintf(writer->seen.postgres, sizeof(writer->seen.postgres), "connecting");
	snprintf(writer->seen.redis, sizeof(writer->seen.redis), "%s", redis_state(redis));
	writer->state = writer->seen;
	queue_init(&writer->waiting);
	queue_init(&writer->done);
	pthread_mutex_init(&writer->mutex, NULL);
	loop_watch(loop, writer->done_fd, EPOLLIN, on_done, writer);
	start_thread(writer);
	return writer;
}

void writer_stop(struct writer *writer)
{
	if (!writer)
		return;
	signal_fd(writer->stop_fd);
	pthread_join(writer->thread, NULL);
	loop_unwatch(writer->loop, writer->done_fd);
	batch_destroy(writer->batch);
	queue_finish(&writer->waiting);
	queue_finish(&writer->done);
	postgres_close(writer->postgres);
	redis_destroy(writer->redis);
	tables_destroy(writer->tables);
	hash_keys_destroy(writer->keys);
	free(writer->work);
	close(writer->stop_fd);
	close(writer->wake_fd);
	close(writer->done_fd);
	pthread_mutex_destroy(&writer->mutex);
	free(writer);
}

void writer_submit(struct writer *writer, struct batch *batch)
{
	pthread_mutex_lock(&writer->mutex);
	queue_add(&writer->waiting, batch);
	pthread_mutex_unlock(&writer->mutex);
	signal_fd(writer->wake_fd);
}

void writer_set_session(struct writer *writer, uint64_t session)
{
	atomic_store(&writer->session, session);
	signal_fd(writer->wake_fd);
}

void writer_get_state(struct writer *writer, struct writer_state *out)
{
	pthread_mutex_lock(&writer->mutex);
	*out = writer->state;
	pthread_mutex_unlock(&writer->mutex);
}
