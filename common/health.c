/* health.c - the HTTP endpoints and the watchdog.
 *
 * Three threads meet here: the loop, which writes the snapshot; the HTTP server's, which reads it;
 * and the watchdog, which measures how long the loop has not turned. */
#include "common/health.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/http_server.h"
#include "common/json.h"
#include "common/log.h"
#include "common/metric.h"
#include "common/xalloc.h"

#define LOG_SUBSYSTEM "health"

#define CONNECTIONS_MAX 64
#define CONNECTION_MEMORY (16u << 10)
#define LAST_WORDS_S 5
#define LACK_AGAIN_MS 60000u /* between two lines about it */
#define DEPENDENCIES_MAX 16

struct dependency {
	char name[32];
	char state[128];
	bool needed, ready;
};

/* A probe opens its own connection and sends its head at once: a hundred that say nothing hold it
 * up for less than it waits. */
static const struct http_limits connection_limits = {
	.head_ms = 5000,
	.head_crowded_ms = 100,
	.request_ms = 10000,
	.idle_ms = 5000,
};

const struct health_limits health_default_limits = {
	.look_ms = 1000,
	.stale_ms = 10000,
	.abort_ms = 30000,
};

struct health {
	char process[32];
	struct health_limits limits;
	struct http_server *server;
	pthread_t server_thread;
	int server_stop; /* eventfd */

	pthread_mutex_t mutex; /* protects everything below */
	struct dependency dependencies[DEPENDENCIES_MAX];
	size_t dependencies_count;
	char *status; /* NULL: none */
	size_t status_size;

	/* the watchdog */
	bool watched;
	pthread_t watched_thread;
	struct loop *loop; /* NULL: health_turn() counts */
	uint64_t own_turns;
	uint64_t seen_turns;
	uint64_t still_ms; /* since the last turn */
	pthread_t watchdog;

	int watchdog_stop;  /* eventfd */
	int alarm;          /* timerfd: put off by the turns, it fires when they fail to come */
	uint64_t proved_ms; /* when a turn last put it off; only for the watched thread */
};

/* --- the watchdog ----------------------------------------------------------------------------- */

static uint64_t turns_now(const struct health *health)
{
	return health->loop ? loop_turns(health->loop) : health->own_turns;
}

/* Adds the time since the last look, at most that of two: when the process was stopped or the
 * machine suspended, the loop had no chance to turn. */
static void look_at_turns(struct health *health, uint64_t passed_ms)
{
	uint64_t most_ms = 2 * (uint64_t)health->limits.look_ms;
	uint64_t turns = health->watched ? turns_now(health) : 0;

	if (turns == 0 || turns != health->seen_turns)
		health->still_ms = 0;
	else
		health->still_ms += passed_ms < most_ms ? passed_ms : most_ms;
	health->seen_turns = turns;
}

/* The signal goes to the hanging thread: the capture should show its stack. */
_Noreturn static void end_process(const struct health *health)
{
	pthread_kill(health->watched_thread, SIGABRT);
	sleep(LAST_WORDS_S);
	abort();
}

static void put_off_alarm(const struct health *health)
{
	unsigned ms = health->limits.look_ms + health->limits.look_ms / 2;
	struct itimerspec in = { .it_value = { .tv_sec = ms / 1000,
					       .tv_nsec = (long)(ms % 1000) * 1000000 } };

	timerfd_settime(health->alarm, 0, &in, NULL);
}

/* Each turn, but a system call only once a look. */
static bool on_turn(void *owner)
{
	struct health *health = owner;
	uint64_t now_ms = loop_now_ms(health->loop);

	if (now_ms - health->proved_ms >= health->limits.look_ms / 2) {
		health->proved_ms = now_ms;
		put_off_alarm(health);
	}
	return false;
}

/* Sleeps until the alarm goes off, or for a look once it has. False: the watch ends. */
static bool wait_for_look(struct health *health, bool alarmed)
{
	struct pollfd fds[] = { { .fd = health->watchdog_stop, .events = POLLIN },
				{ .fd = alarmed ? -1 : health->alarm, .events = POLLIN } };

	poll(fds, COUNT_OF(fds), alarmed ? (int)health->limits.look_ms : -1);
	return !fds[0].revents;
}

/* While the loop turns this thread sleeps; when it does not it looks at it each look_ms. */
static void *watchdog_main(void *argument)
{
	struct health *health = argument;
	uint64_t before = clock_boot_ms();
	bool alarmed = false;

	while (wait_for_look(health, alarmed)) {
		uint64_t now = clock_boot_ms();

		pthread_mutex_lock(&health->mutex);
		/* That it went off is a look that saw no turn. */
		if (!alarmed)
			health->seen_turns = health->watched ? turns_now(health) : 0;
		look_at_turns(health, alarmed ? now - before : health->limits.look_ms);
		before = now;
		alarmed = health->still_ms > 0;
		if (health->still_ms >= health->limits.abort_ms)
			end_process(health);
		if (!alarmed)
			put_off_alarm(health);
		pthread_mutex_unlock(&health->mutex);
	}
	return NULL;
}

void health_watch_loop(struct health *health, struct loop *loop)
{
	pthread_mutex_lock(&health->mutex);
	if (health->loop)
		loop_remove_hook(health->loop, on_turn, health);
	if (loop)
		loop_add_hook(loop, on_turn, health);
	health->loop = loop;
	health->watched = loop != NULL;
	health->watched_thread = pthread_self();
	health->still_ms = 0;
	put_off_alarm(health);
	pthread_mutex_unlock(&health->mutex);
}

void health_turn(struct health *health)
{
	pthread_mutex_lock(&health->mutex);
	health->watched = true;
	health->watched_thread = pthread_self();
	health->own_turns++;
	put_off_alarm(health);
	pthread_mutex_unlock(&health->mutex);
}

/* --- the snapshot ----------------------------------------------------------------------------- */

static struct dependency *require_dependency(struct health *health, const char *name)
{
	struct dependency *dependency;

	for (size_t i = 0; i < health->dependencies_count; i++)
		if (!strcmp(health->dependencies[i].name, name))
			return &health->dependencies[i];
	if (health->dependencies_count == DEPENDENCIES_MAX)
		panic("more than %d dependencies", DEPENDENCIES_MAX);
	dependency = &health->dependencies[health->dependencies_count++];
	snprintf(dependency->name, sizeof(dependency->name), "%s", name);
	return dependency;
}

void health_dependency(struct health *health, const char *name, bool needed, bool ready,
		       const char *state)
{
	struct dependency *dependency;

	pthread_mutex_lock(&health->mutex);
	dependency = require_dependency(health, name);
	dependency->needed = needed;
	dependency->ready = ready;
	why_fit(dependency->state, sizeof(dependency->state), state);
	pthread_mutex_unlock(&health->mutex);
}

void health_status(struct health *health, const char *json, size_t size)
{
	pthread_mutex_lock(&health->mutex);
	free(health->status);
	health->status = xmemdup(json, size);
	health->status_size = size;
	pthread_mutex_unlock(&health->mutex);
}

/* --- the pages: each fills `out` and returns the HTTP status ---------------------------------- */

static unsigned show_health(struct health *health, struct buffer *out)
{
	bool turns;

	pthread_mutex_lock(&health->mutex);
	turns = health->still_ms < health->limits.stale_ms;
	pthread_mutex_unlock(&health->mutex);
	buffer_append_text(out, turns ? "ok\n" : "the loop does not turn\n");
	return turns ? 200 : 503;
}

static bool is_ready(const struct health *health)
{
	for (size_t i = 0; i < health->dependencies_count; i++)
		if (health->dependencies[i].needed && !health->dependencies[i].ready)
			return false;
	return health->dependencies_count > 0;
}

static void write_dependency(struct json *json, const struct dependency *dependency)
{
	json_key(json, dependency->name);
	json_object_start(json);
	json_key_bool(json, "needed", dependency->needed);
	json_key_bool(json, "ready", dependency->ready);
	json_key_text(json, "state", dependency->state);
	json_object_end(json);
}

static unsigned show_readiness(struct health *health, struct buffer *out)
{
	struct json json = json_start(out);
	bool ready;

	pthread_mutex_lock(&health->mutex);
	ready = is_ready(health);
	json_object_start(&json);
	json_key_bool(&json, "ready", ready);
	json_key(&json, "dependencies");
	json_object_start(&json);
	for (size_t i = 0; i < health->dependencies_count; i++)
		write_dependency(&json, &health->dependencies[i]);
	json_object_end(&json);
	json_object_end(&json);
	pthread_mutex_unlock(&health->mutex);
	buffer_append_byte(out, '\n');
	return ready ? 200 : 503;
}

/* Without the mutex: it takes a while, and the loop may need it. */
static unsigned show_metrics(struct health *health, struct buffer *out)
{
	metrics_print(health->process, out);
	return 200;
}

static unsigned show_status(struct health *health, struct buffer *out)
{
	bool known;

	pthread_mutex_lock(&health->mutex);
	known = health->status != NULL;
	if (known)
		buffer_append(out, health->status, health->status_size);
	pthread_mutex_unlock(&health->mutex);
	if (!known)
		buffer_append_text(out, "{}\n");
	return known ? 200 : 404;
}

static unsigned show_nothing(struct health *health, struct buffer *out)
{
	(void)health;
	buffer_append_text(out, "try /healthz, /readyz, /metrics or /status\n");
	return 404;
}

static const struct page {
	const char *path; /* NULL: any other */
	unsigned (*show)(struct health *health, struct buffer *out);
	const char *type;
} pages[] = {
	{ "/healthz", show_health, "text/plain; charset=utf-8" },
	{ "/readyz", show_readiness, "application/json" },
	{ "/metrics", show_metrics, "text/plain; version=0.0.4; charset=utf-8" },
	{ "/status", show_status, "application/json" },
	{ NULL, show_nothing, "text/plain; charset=utf-8" },
};

/* A query is ignored. */
static const struct page *find_page(const char *target)
{
	size_t length = strcspn(target, "?");
	const struct page *page = pages;

	while (page->path &&
	       (strlen(page->path) != length || strncmp(page->path, target, length) != 0))
		page++;
	return page;
}

/* --- HTTP ------------------------------------------------------------------------------------- */

/* Answers as soon as the head is complete: no body is waited for. */
static void on_head(void *owner, struct http_request *request)
{
	const char *method = http_request_method(request);
	const struct page *page = find_page(http_request_target(request));
	bool is_allowed = !strcmp(method, "GET") || !strcmp(method, "HEAD");
	struct http_header headers[] = { { "Content-Type", page->type },
					 { "Cache-Control", "no-store" },
					 { is_allowed ? NULL : "Allow", "GET, HEAD" },
					 { NULL, NULL } };
	struct http_reply reply = { .status = 405, .headers = headers };
	struct buffer body = { 0 };

	if (is_allowed) {
		reply.status = page->show(owner, &body);
	} else {
		headers[0].value = "text/plain";
		buffer_append_text(&body, "GET and HEAD only\n");
	}
	reply.body = buffer_unread(&body);
	reply.size = buffer_unread_size(&body);
	http_request_answer(request, &reply);
	buffer_finish(&body);
}

/* The process suffers in other places, too, but perhaps nobody asks it for anything there. */
static void note_lack(const struct http_server *server, uint64_t *said_ms)
{
	uint64_t now_ms = clock_boot_ms();
	int error = http_server_lacks(server);

	if (!error || (*said_ms && now_ms - *said_ms < LACK_AGAIN_MS))
		return;
	*said_ms = now_ms;
	log_error("whoever asks for health, readiness or metrics waits: no connection can be "
		  "accepted",
		  log_text("error", strerror(error)));
}

static void *server_main(void *argument)
{
	struct health *health = argument;
	uint64_t said_ms = 0;
	struct pollfd fds[] = { { .fd = http_server_fd(health->server), .events = POLLIN },
				{ .fd = health->server_stop, .events = POLLIN } };

	while (!fds[1].revents) {
		poll(fds, COUNT_OF(fds), http_server_run(health->server));
		note_lack(health->server, &said_ms);
	}
	return NULL;
}

/* --- start and stop --------------------------------------------------------------------------- */

static bool start_server(struct health *health, const char *listen, struct why *why)
{
	struct http_server_options options = { .listen = listen,
					       .places = CONNECTIONS_MAX,
					       .limits = connection_limits,
					       .memory = CONNECTION_MEMORY,
					       .on_head = on_head,
					       .owner = health };
	int error;

	health->server_stop = eventfd(0, EFD_CLOEXEC);
	if (health->server_stop < 0)
		return why_set(why, "no eventfd: %s", strerror(errno));
	health->server = http_server_open(&options, why);
	if (!health->server)
		return false;
	error = pthread_create(&health->server_thread, NULL, server_main, health);
	return error == 0 || why_set(why, "no thread for the endpoints: %s", strerror(error));
}

static void stop_server(struct health *health)
{
	eventfd_write(health->server_stop, 1);
	pthread_join(health->server_thread, NULL);
}

static bool start_watchdog(struct health *health, struct why *why)
{
	int error = 0;

	health->watchdog_stop = eventfd(0, EFD_CLOEXEC);
	health->alarm = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (health->watchdog_stop < 0 || health->alarm < 0)
		error = errno;
	else
		error = pthread_create(&health->watchdog, NULL, watchdog_main, health);
	if (error == 0)
		return true;
	stop_server(health);
	return why_set(why, "no thread for the watchdog: %s", strerror(error));
}

/* With all signals blocked: they are for the loop. */
static bool start_threads(struct health *health, const char *listen, struct why *why)
{
	sigset_t all, before;
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = start_server(health, listen, why) && start_watchdog(health, why);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

static struct health *make_health(const char *process, const struct health_limits *limits)
{
	struct health *health = xmalloc(sizeof(*health));

	snprintf(health->process, sizeof(health->process), "%s", process);
	health->limits = *limits;
	health->server_stop = health->watchdog_stop = health->alarm = -1;
	pthread_mutex_init(&health->mutex, NULL);
	return health;
}

static void free_health(struct health *health)
{
	const int descriptors[] = { health->server_stop, health->watchdog_stop, health->alarm };

	http_server_close(health->server);
	for (size_t i = 0; i < COUNT_OF(descriptors); i++)
		if (descriptors[i] >= 0)
			close(descriptors[i]);
	pthread_mutex_destroy(&health->mutex);
	free(health->status);
	free(health);
}

struct health *health_start(const char *process, const char *listen,
			    const struct health_limits *limits, struct why *why)
{
	struct health *health = make_health(process, limits);

	if (start_threads(health, listen, why))
		return health;
	free_health(health);
	return NULL;
}

void health_stop(struct health *health)
{
	if (!health)
		return;
	if (health->loop)
		loop_remove_hook(health->loop, on_turn, health);
	eventfd_write(health->watchdog_stop, 1);
	pthread_join(health->watchdog, NULL);
	stop_server(health);
	free_health(health);
}

int health_port(const struct health *health)
{
	return http_server_port(health->server);
}
