/* writer.c - first the thread's side, at the end what the loop calls. */
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
#include "common/random.h"
#include "common/trace.h"
#include "common/xalloc.h"
#include "recorder/store.h"

#define LOG_SUBSYSTEM "writer"

#define CHECK_MS 1000
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 2000
#define LOG_AGAIN_MS 60000

STAILQ_HEAD(queue, batch);

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
	size_t waiting_count;
	struct writer_state state;

	/* only for the thread */
	struct store *store;
	struct batch *batch;      /* the current one, not sent */
	struct batch *sent;       /* Postgres is working on it */
	struct writer_state seen; /* the thread's own copy of state */
	bool active;
	uint64_t check_due_ms, backoff_ms, logged_ms;
};

/* --- queues --- */

static struct batch *queue_take(struct queue *queue)
{
	struct batch *batch = STAILQ_FIRST(queue);

	if (batch)
		STAILQ_REMOVE_HEAD(queue, link);
	return batch;
}

static void queue_put_back(struct queue *queue, struct batch *batch)
{
	if (!batch)
		return;
	batch->compared = false;
	STAILQ_INSERT_HEAD(queue, batch, link);
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

static bool differs(const struct writer_state *a, const struct writer_state *b)
{
	return a->active != b->active || a->postgres_ready != b->postgres_ready ||
	       a->redis_ready != b->redis_ready || a->exit_code != b->exit_code ||
	       a->postgres_errors != b->postgres_errors || a->redis_errors != b->redis_errors ||
	       strcmp(a->postgres, b->postgres) != 0 || strcmp(a->redis, b->redis) != 0 ||
	       strcmp(a->exit_text, b->exit_text) != 0;
}

static void publish(struct writer *writer)
{
	struct writer_state *seen = &writer->seen;
	bool changed;

	seen->active = writer->active;
	seen->redis_ready = store_redis_is_ready(writer->store);
	seen->redis_errors = store_redis_errors(writer->store);
	seen->exit_code = store_refusal(writer->store)->exit_code;
	memcpy(seen->exit_text, store_refusal(writer->store)->text, sizeof(seen->exit_text));
	if (strcmp(seen->redis, store_redis_state(writer->store))) {
		snprintf(seen->redis, sizeof(seen->redis), "%s", store_redis_state(writer->store));
		if (seen->redis_ready)
			log_notice("Redis is ready");
		else
			log_warn("going on without Redis", log_text("error", seen->redis));
	}
	pthread_mutex_lock(&writer->mutex);
	changed = differs(&writer->state, seen);
	writer->state = *seen;
	pthread_mutex_unlock(&writer->mutex);
	if (changed)
		signal_fd(writer->done_fd);
}

static void set_postgres(struct writer *writer, bool ready, const char *text)
{
	bool changed = strcmp(writer->seen.postgres, text) != 0;

	writer->seen.postgres_ready = ready;
	snprintf(writer->seen.postgres, sizeof(writer->seen.postgres), "%s", text);
	if (changed && ready)
		log_notice("Postgres is ready",
			   log_text("active", writer->active ? "true" : "false"));
	publish(writer);
}

static void set_active(struct writer *writer, bool active)
{
	if (writer->active == active)
		return;
	writer->active = active;
	if (active)
		log_notice("active: this recorder writes");
	else
		log_notice("no longer the active recorder");
	publish(writer);
}

/* Waits, also for work if `for_work`. False when the thread should stop. */
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
	store_disconnect(writer->store);
	set_active(writer, false);
}

/* After any failure of Postgres: counts it, logs it once, waits. */
static void on_error(struct writer *writer, const struct postgres_error *error)
{
	uint64_t now = clock_boot_ms();

	if (error->fault == POSTGRES_STOPPED)
		return;
	writer->seen.postgres_errors++;
	if (strcmp(writer->seen.postgres, error->text) || now - writer->logged_ms > LOG_AGAIN_MS) {
		writer->logged_ms = now;
		log_warn("waiting for Postgres; nothing is lost meanwhile",
			 log_text("error", error->text));
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

/* --- batches --- */

static void finish_batch(struct writer *writer, struct batch *batch)
{
	pthread_mutex_lock(&writer->mutex);
	STAILQ_INSERT_TAIL(&writer->done, batch, link);
	pthread_mutex_unlock(&writer->mutex);
	signal_fd(writer->done_fd);
}

/* Both are to be tried again, in order. */
static void put_back(struct writer *writer)
{
	pthread_mutex_lock(&writer->mutex);
	queue_put_back(&writer->waiting, writer->batch);
	queue_put_back(&writer->waiting, writer->sent);
	writer->waiting_count += (writer->batch != NULL) + (writer->sent != NULL);
	pthread_mutex_unlock(&writer->mutex);
	writer->batch = writer->sent = NULL;
}

static void fail_batches(struct writer *writer, const struct postgres_error *error)
{
	put_back(writer);
	publish(writer);
	on_error(writer, error);
}

/* Waits for the batch that was sent, if any; false when it is to be tried again. */
static bool receive(struct writer *writer)
{
	struct postgres_error error;

	if (!writer->sent)
		return true;
	if (!store_receive(writer->store, writer->sent, &error)) {
		fail_batches(writer, &error);
		return false;
	}
	on_success(writer);
	return true;
}

/* Returns the batch that was received, if any. */
static void complete(struct writer *writer, struct batch *batch)
{
	if (!batch)
		return;
	store_remember(writer->store, batch);
	finish_batch(writer, batch);
}

static bool receive_and_complete(struct writer *writer)
{
	struct batch *sent = writer->sent;

	if (!receive(writer))
		return false;
	writer->sent = NULL;
	complete(writer, sent);
	return true;
}

/* Compares the current batch while Postgres works on the previous one; when that is done, sends the
 * current one, and only then completes the previous one. */
static void advance(struct writer *writer)
{
	struct batch *before = writer->sent;
	struct postgres_error error;

	/* Batches of one session have no id in common. */
	if (before && before->session != writer->batch->session) {
		receive_and_complete(writer);
		return;
	}
	if (!writer->batch->compared)
		store_compare(writer->store, writer->batch);
	if (!receive(writer))
		return;
	writer->sent = NULL;
	if (store_send(writer->store, writer->batch, &error)) {
		writer->sent = writer->batch;
		writer->batch = NULL;
		complete(writer, before);
	} else {
		complete(writer, before);
		fail_batches(writer, &error);
	}
}

/* Batches of ended sessions are returned as they are: ingress sends their sightings again, perhaps
 * with newer fields. */
static bool next_batch(struct writer *writer)
{
	for (;;) {
		if (writer->batch && writer->batch->session == atomic_load(&writer->session))
			return true;
		if (writer->batch)
			finish_batch(writer, writer->batch);
		pthread_mutex_lock(&writer->mutex);
		writer->batch = queue_take(&writer->waiting);
		writer->waiting_count -= writer->batch != NULL;
		pthread_mutex_unlock(&writer->mutex);
		if (!writer->batch)
			return false;
	}
}

/* --- once a second --- */

static void check(struct writer *writer)
{
	struct postgres_error error;

	writer->check_due_ms = clock_boot_ms() + CHECK_MS;
	if (!store_check(writer->store, &error)) {
		on_error(writer, &error);
		return;
	}
	if (!writer->batch)
		on_success(writer);
	publish(writer);
}

/* --- connecting --- */

static void connect_store(struct writer *writer)
{
	struct postgres_error error;

	if (!store_connect(writer->store, &error))
		on_error(writer, &error);
}

static void try_to_become_active(struct writer *writer)
{
	struct postgres_error error;
	bool locked;

	if (!store_try_lock(writer->store, &locked, &error)) {
		on_error(writer, &error);
		return;
	}
	if (!locked) {
		store_probe(writer->store);
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
	uint64_t now_ms = clock_boot_ms();

	if (now_ms >= writer->check_due_ms) {
		if (receive_and_complete(writer))
			check(writer);
	} else if (next_batch(writer)) {
		advance(writer);
	} else if (writer->sent) {
		receive_and_complete(writer);
	} else {
		wait_ms(writer, writer->check_due_ms - now_ms, true);
	}
}

static void *run(void *argument)
{
	struct writer *writer = argument;

	while (wait_ms(writer, 0, false)) {
		if (writer->seen.exit_code)
			wait_ms(writer, CHECK_MS, false);
		else if (!store_is_connected(writer->store))
			connect_store(writer);
		else if (!writer->active)
			try_to_become_active(writer);
		else
			work_once(writer);
	}
	if (!writer->sent) {
		drain_fd(writer->stop_fd); /* it would interrupt this, too */
		store_leave(writer->store);
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
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS };
	sigset_t all, before;
	int error;

	/* Signals are handled by the loop, except those of a crash. */
	sigfillset(&all);
	for (size_t i = 0; i < COUNT_OF(crashes); i++)
		sigdelset(&all, crashes[i]);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&writer->thread, NULL, run, writer);
	if (error)
		fatal(EX_OSERR, "cannot start a thread", log_text("error", strerror(error)));
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void finish_writer(struct writer *writer)
{
	store_destroy(writer->store);
	close(writer->stop_fd);
	close(writer->wake_fd);
	close(writer->done_fd);
	free(writer);
}

struct writer *writer_start(const struct settings *settings, struct loop *loop,
			    writer_done_fn *done, writer_changed_fn *changed, void *owner,
			    struct why *why)
{
	struct writer *writer = xmalloc(sizeof(*writer));

	writer->loop = loop;
	writer->done_fn = done;
	writer->changed_fn = changed;
	writer->owner = owner;
	writer->backoff_ms = BACKOFF_MIN_MS;
	writer->stop_fd = eventfd(0, EFD_CLOEXEC);
	writer->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	writer->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (writer->stop_fd < 0 || writer->wake_fd < 0 || writer->done_fd < 0)
		fatal(EX_OSERR, "cannot make an eventfd", log_text("error", strerror(errno)));
	writer->store = store_create(settings, writer->stop_fd, why);
	if (!writer->store) {
		finish_writer(writer);
		return NULL;
	}
	snprintf(writer->seen.postgres, sizeof(writer->seen.postgres), "connecting");
	snprintf(writer->seen.redis, sizeof(writer->seen.redis), "%s",
		 store_redis_state(writer->store));
	writer->state = writer->seen;
	STAILQ_INIT(&writer->waiting);
	STAILQ_INIT(&writer->done);
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
	batch_destroy(writer->sent);
	queue_finish(&writer->waiting);
	queue_finish(&writer->done);
	pthread_mutex_destroy(&writer->mutex);
	finish_writer(writer);
}

void writer_submit(struct writer *writer, struct batch *batch)
{
	pthread_mutex_lock(&writer->mutex);
	STAILQ_INSERT_TAIL(&writer->waiting, batch, link);
	writer->waiting_count++;
	pthread_mutex_unlock(&writer->mutex);
	signal_fd(writer->wake_fd);
}

bool writer_is_behind(struct writer *writer)
{
	bool behind;

	pthread_mutex_lock(&writer->mutex);
	behind = writer->waiting_count > 0;
	pthread_mutex_unlock(&writer->mutex);
	return behind;
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
