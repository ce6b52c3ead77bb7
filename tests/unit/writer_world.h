/* writer_world.h - the recorder's writer over a store of the test's own, which takes the place of
 * the real one because the linker finds it first: it notes each call as a word and does what the
 * test says. Pauses are noted and take no time.
 *
 * The Makefile links what includes this with --wrap=poll. */
#ifndef TESTS_UNIT_WRITER_WORLD_H
#define TESTS_UNIT_WRITER_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/loop.h"
#include "common/xalloc.h"
#include "recorder/store.h"
#include "recorder/writer.h"

#define SESSION 7
#define BATCHES_MAX 8
#define HUNG_S 30
#define PAUSES_MAX 64

/* --- the store -------------------------------------------------------------------------------- */

/* All of it is read and written under the mutex: the writer's thread calls, the test looks. */
static struct {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	char events[4096];
	unsigned in_hand; /* calls that wait at the gate */
	bool gate;        /* closed: calls that are noted wait */
	bool malformed, standby;
	bool connected;    /* of the writer's thread */
	const char *fails; /* the calls of this name or word, `failures` times */
	unsigned failures;
	enum postgres_fault fault;
	unsigned checks, connects, probes;
	struct store_refusal refusal;
	char redis[64];
	int stop_fd;
	bool stops_after_send;
	int pauses_ms[PAUSES_MAX];
	unsigned pauses; /* in all */
} store_now = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void add_event(const char *word)
{
	size_t used = strlen(store_now.events);

	snprintf(store_now.events + used, sizeof(store_now.events) - used, "%s ", word);
}

/* Those of batches are events, and wait at the gate. False when the call is to fail. */
static bool call(const char *name, const struct batch *batch, struct postgres_error *error)
{
	char word[32];
	bool fails;

	snprintf(word, sizeof(word), "%s-%d", name, batch ? (int)batch->opened_ms : 0);
	pthread_mutex_lock(&store_now.mutex);
	if (batch)
		add_event(word);
	store_now.in_hand++;
	pthread_cond_broadcast(&store_now.changed);
	while (batch && store_now.gate)
		pthread_cond_wait(&store_now.changed, &store_now.mutex);
	store_now.in_hand--;
	fails = store_now.failures > 0 &&
		(!strcmp(store_now.fails, name) || !strcmp(store_now.fails, word));
	if (fails) {
		store_now.failures--;
		*error = (struct postgres_error) { .fault = store_now.fault };
		snprintf(error->text, sizeof(error->text), "%s failed", name);
	}
	pthread_mutex_unlock(&store_now.mutex);
	return !fails;
}

int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);

/* The writer pauses with one descriptor, that of its end, and waits for work with two. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	if (count == 1 && timeout_ms > 0) {
		pthread_mutex_lock(&store_now.mutex);
		store_now.pauses_ms[store_now.pauses++ % PAUSES_MAX] = timeout_ms;
		pthread_cond_broadcast(&store_now.changed);
		pthread_mutex_unlock(&store_now.mutex);
		timeout_ms = 1;
	}
	return __real_poll(fds, count, timeout_ms);
}

struct store *store_create(const struct settings *settings, int stop_fd, struct why *why)
{
	(void)settings;
	store_now.stop_fd = stop_fd;
	if (!store_now.malformed)
		return (struct store *)&store_now;
	snprintf(why->text, sizeof(why->text), "malformed");
	return NULL;
}

void store_destroy(struct store *store)
{
	(void)store;
}

bool store_connect(struct store *store, struct postgres_error *error)
{
	(void)store;
	pthread_mutex_lock(&store_now.mutex);
	store_now.connects++;
	pthread_mutex_unlock(&store_now.mutex);
	store_now.connected = call("connect", NULL, error);
	return store_now.connected;
}

void store_disconnect(struct store *store)
{
	(void)store;
	store_now.connected = false;
}

bool store_is_connected(const struct store *store)
{
	(void)store;
	return store_now.connected;
}

bool store_try_lock(struct store *store, bool *locked, struct postgres_error *error)
{
	(void)store;
	if (!call("lock", NULL, error))
		return false;
	pthread_mutex_lock(&store_now.mutex);
	*locked = !store_now.standby;
	pthread_mutex_unlock(&store_now.mutex);
	return true;
}

bool store_check(struct store *store, struct postgres_error *error)
{
	(void)store;
	pthread_mutex_lock(&store_now.mutex);
	store_now.checks++;
	pthread_mutex_unlock(&store_now.mutex);
	return call("check", NULL, error);
}

void store_leave(struct store *store)
{
	struct pollfd stop = { .fd = store_now.stop_fd, .events = POLLIN };

	(void)store;
	/* Calls of Postgres would end at once. */
	add_event(__real_poll(&stop, 1, 0) ? "leave-in-vain" : "leave");
}

void store_probe(struct store *store)
{
	(void)store;
	pthread_mutex_lock(&store_now.mutex);
	store_now.probes++;
	pthread_cond_broadcast(&store_now.changed);
	pthread_mutex_unlock(&store_now.mutex);
}

void store_compare(struct store *store, struct batch *batch)
{
	(void)store;
	(void)call("compare", batch, NULL);
	batch->compared = true;
}

bool store_send(struct store *store, struct batch *batch, struct postgres_error *error)
{
	(void)store;
	if (!call("send", batch, error))
		return false;
	if (store_now.stops_after_send)
		assert_int_equal(write(store_now.stop_fd, &(uint64_t) { 1 }, 8), 8);
	return true;
}

bool store_receive(struct store *store, struct batch *batch, struct postgres_error *error)
{
	(void)store;
	return call("receive", batch, error);
}

void store_remember(struct store *store, struct batch *batch)
{
	(void)store;
	(void)call("remember", batch, NULL);
}

bool store_redis_is_ready(const struct store *store)
{
	return !strcmp(store_redis_state(store), "ready");
}

const char *store_redis_state(const struct store *store)
{
	(void)store;
	return store_now.redis;
}

uint64_t store_redis_errors(const struct store *store)
{
	(void)store;
	return 3;
}

const struct store_refusal *store_refusal(const struct store *store)
{
	(void)store;
	return &store_now.refusal;
}

/* --- the world -------------------------------------------------------------------------------- */

struct world {
	struct loop *loop;
	struct writer *writer;
	char done[256]; /* the batches that came back */
	unsigned done_count, wanted;
	struct writer_state state;
	bool (*until)(const struct writer_state *state);
};

static void on_done(void *owner, struct batch *batch)
{
	struct world *w = owner;
	size_t used = strlen(w->done);

	snprintf(w->done + used, sizeof(w->done) - used, "%d ", (int)batch->opened_ms);
	batch_destroy(batch);
	if (++w->done_count == w->wanted)
		loop_stop(w->loop);
}

static void on_changed(void *owner)
{
	struct world *w = owner;

	writer_get_state(w->writer, &w->state);
	if (w->until && w->until(&w->state))
		loop_stop(w->loop);
}

static int set_up(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	memset(store_now.events, 0, sizeof(store_now.events));
	store_now.gate = store_now.malformed = store_now.connected = store_now.standby = false;
	store_now.fails = NULL;
	store_now.failures = store_now.checks = store_now.connects = store_now.probes = 0;
	store_now.pauses = 0;
	store_now.stops_after_send = false;
	store_now.refusal = (struct store_refusal) { 0 };
	snprintf(store_now.redis, sizeof(store_now.redis), "ready");
	w->loop = loop_create();
	alarm(HUNG_S);
	*state = w;
	return 0;
}

static void open_gate(void)
{
	pthread_mutex_lock(&store_now.mutex);
	store_now.gate = false;
	pthread_cond_broadcast(&store_now.changed);
	pthread_mutex_unlock(&store_now.mutex);
}

static int tear_down(void **state)
{
	struct world *w = *state;

	open_gate();
	writer_stop(w->writer);
	loop_destroy(w->loop);
	alarm(0);
	free(w);
	return 0;
}

static void start(struct world *w)
{
	static const struct settings settings;
	struct why why;

	w->writer = writer_start(&settings, w->loop, on_done, on_changed, w, &why);
	assert_non_null(w->writer);
	writer_set_session(w->writer, SESSION);
}

static void run_until(struct world *w, bool (*until)(const struct writer_state *state))
{
	writer_get_state(w->writer, &w->state);
	w->until = until;
	if (!until(&w->state))
		loop_run(w->loop);
	w->until = NULL;
}

static bool is_active(const struct writer_state *state)
{
	return state->active && state->postgres_ready;
}

static bool is_standby(const struct writer_state *state)
{
	return !state->active && state->postgres_ready;
}

static bool has_error(const struct writer_state *state)
{
	return state->postgres_errors > 0;
}

static void start_active(struct world *w)
{
	start(w);
	run_until(w, is_active);
}

static void submit_of(struct world *w, int number, uint64_t session)
{
	writer_submit(w->writer, batch_create(1, session, (uint64_t)number));
}

static void submit(struct world *w, int number)
{
	submit_of(w, number, SESSION);
}

/* From now on the writer waits in the first call of a batch. */
static void close_gate(void)
{
	pthread_mutex_lock(&store_now.mutex);
	store_now.gate = true;
	pthread_mutex_unlock(&store_now.mutex);
}

static void wait_for_the_gate(void)
{
	pthread_mutex_lock(&store_now.mutex);
	while (store_now.in_hand == 0)
		pthread_cond_wait(&store_now.changed, &store_now.mutex);
	pthread_mutex_unlock(&store_now.mutex);
}

static void wait_for_pauses(unsigned more)
{
	unsigned wanted;

	pthread_mutex_lock(&store_now.mutex);
	wanted = store_now.pauses + more;
	while (store_now.pauses < wanted)
		pthread_cond_wait(&store_now.changed, &store_now.mutex);
	pthread_mutex_unlock(&store_now.mutex);
}

static void run(struct world *w, unsigned batches)
{
	w->wanted = w->done_count + batches;
	loop_run(w->loop);
}

static void fail_times(const char *name, enum postgres_fault fault, unsigned failures)
{
	pthread_mutex_lock(&store_now.mutex);
	store_now.fails = name;
	store_now.failures = failures;
	store_now.fault = fault;
	pthread_mutex_unlock(&store_now.mutex);
}

static void fail_once(const char *name, enum postgres_fault fault)
{
	fail_times(name, fault, 1);
}

static void happened(const char *wanted)
{
	char events[sizeof(store_now.events)];

	pthread_mutex_lock(&store_now.mutex);
	memcpy(events, store_now.events, sizeof(events));
	store_now.events[0] = '\0';
	pthread_mutex_unlock(&store_now.mutex);
	assert_string_equal(events, wanted);
}

static unsigned count_of(const unsigned *counter)
{
	unsigned count;

	pthread_mutex_lock(&store_now.mutex);
	count = *counter;
	pthread_mutex_unlock(&store_now.mutex);
	return count;
}

/* Three batches that wait when the writer comes to them. */
static void submit_three(struct world *w)
{
	close_gate();
	submit(w, 1);
	wait_for_the_gate();
	submit(w, 2);
	submit(w, 3);
}

#endif
