/* poll_world.h - the poller between a Bot API in the same loop, which answers what the test says,
 * and a spool and an intake of the test's own: it says when a batch is durable and whether the
 * spool is full. These take the place of the real ones because the linker finds them first. */
#ifndef TESTS_UNIT_POLL_WORLD_H
#define TESTS_UNIT_POLL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/xalloc.h"
#include "ingress/intake/poll.h"
#include "ingress/metrics.h"
#include "tests/unit/standing_clock.h"

#define BOT 123456
#define POLL_TIMEOUT_S 50
#define HUNG_S 30
#define QUIET_TURNS 50
#define DESCRIPTORS_MAX 1024
#define WEBHOOK "https://bot.example/hook"

#define GET_ME_OK "{\"ok\":true,\"result\":{\"id\":123456,\"is_bot\":true}}"
#define EMPTY "{\"ok\":true,\"result\":[]}"
#define TRUE "{\"ok\":true,\"result\":true}"
#define UNAUTHORIZED "{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}"
#define SERVER_ERROR "{\"ok\":false,\"error_code\":500,\"description\":\"Internal Server Error\"}"
#define ONE_UPDATE "{\"ok\":true,\"result\":[{\"update_id\":9}]}"

/* --- the world -------------------------------------------------------------------------------- */

struct world {
	struct loop *loop;
	struct settings settings;
	struct poller *poller;
	char *api_url;
	int listener;
	int log, stderr_before;

	/* the Bot API */
	int connection; /* of the request that waits for its answer; -1: none does */
	bool open[DESCRIPTORS_MAX];
	unsigned connections;
	char request[4096];
	size_t request_size;

	/* the spool and the intake */
	bool full, disk_full;
	unsigned metas_written, commits;
	bool insisted;
	intake_durable_fn *durable_fn; /* of the batch that is on its way to the disk */
	void *durable_owner;

	/* how the loop ends */
	const char *until_state;
	unsigned turns_left;
};

static struct world *world_now; /* for the functions of the spool and the intake */

bool spool_is_full(const struct spool *spool)
{
	(void)spool;
	return world_now->full;
}

bool spool_disk_is_full(const struct spool *spool)
{
	(void)spool;
	return world_now->disk_full;
}

uint64_t spool_bytes(const struct spool *spool)
{
	(void)spool;
	return 1 << 20;
}

void spool_append_meta(struct spool *spool, const char *key, const void *value, size_t size)
{
	(void)spool;
	assert_string_equal(key, "allowed_updates");
	assert_non_null(value);
	assert_true(size > 0);
	world_now->metas_written++;
}

void spool_commit(struct spool *spool, bool sync, spool_durable_fn *fn, void *owner)
{
	(void)spool;
	(void)sync;
	(void)owner;
	assert_null(fn);
	world_now->commits++;
}

/* {"update_id":N} has an id, {"update_id":"?"} is an element without one, and what ends in "[" is
 * no list that could be taken unless the caller insists. */
bool intake_take_answer(struct intake *intake, const struct intake_answer *answer,
			struct intake_batch *out, intake_durable_fn *fn, void *owner,
			struct why *why)
{
	static const char key[] = "\"update_id\":";
	const char *at = answer->json;

	(void)intake;
	assert_null(world_now->durable_fn);
	world_now->insisted = answer->insist;
	*out = (struct intake_batch) { 0 };
	if (answer->json[answer->size - 1] == '[' && !answer->insist) {
		snprintf(why->text, sizeof(why->text), "the list does not end");
		return false;
	}
	while ((at = strstr(at, key))) {
		at += sizeof(key) - 1;
		out->elements++;
		if (*at == '"')
			continue;
		out->has_last = true;
		out->last_id = strtoll(at, NULL, 10);
	}
	metric_add(&metric_received, (int64_t)out->elements);
	if (out->elements) {
		world_now->durable_fn = fn;
		world_now->durable_owner = owner;
	}
	return true;
}

static inline void make_durable(struct world *w)
{
	intake_durable_fn *fn = w->durable_fn;

	assert_non_null(fn);
	w->durable_fn = NULL;
	fn(w->durable_owner);
}

/* --- the Bot API ------------------------------------------------------------------------------ */

static bool request_is_whole(const struct world *w)
{
	const char *body = strstr(w->request, "\r\n\r\n");
	const char *length = strstr(w->request, "Content-Length: ");

	if (!body || !length)
		return false;
	return strlen(body + 4) >= strtoul(length + strlen("Content-Length: "), NULL, 10);
}

static void on_request(void *owner, int fd, uint32_t events)
{
	struct world *w = owner;
	ssize_t got = recv(fd, w->request + w->request_size,
			   sizeof(w->request) - 1 - w->request_size, 0);

	(void)events;
	if (got <= 0) {
		loop_unwatch(w->loop, fd);
		close(fd);
		w->open[fd] = false;
		if (fd == w->connection)
			w->connection = -1;
		return;
	}
	w->request_size += (size_t)got;
	w->request[w->request_size] = '\0';
	if (!request_is_whole(w))
		return;
	assert_int_equal(w->connection, -1);
	w->connection = fd;
	w->request_size = 0;
}

static void on_connection(void *owner, int fd, uint32_t events)
{
	struct world *w = owner;
	int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	assert_in_range(connection, 0, DESCRIPTORS_MAX - 1);
	w->open[connection] = true;
	w->connections++;
	loop_watch(w->loop, connection, EPOLLIN, on_request, w);
}

static unsigned listen_locally(struct world *w)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);

	w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(w->listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(w->listener, 8), 0);
	assert_int_equal(getsockname(w->listener, (struct sockaddr *)&address, &size), 0);
	loop_watch(w->loop, w->listener, EPOLLIN, on_connection, w);
	return ntohs(address.sin_port);
}

/* --- what tests say --------------------------------------------------------------------------- */

static bool stop_when_seen(void *owner)
{
	struct world *w = owner;
	const char *state = w->until_state;
	bool seen = state ? !strncmp(poller_state(w->poller), state, strlen(state))
			  : w->connection >= 0;

	if (seen || (w->turns_left > 0 && --w->turns_left == 0))
		loop_stop(w->loop);
	return true; /* no sleep: the clock stands still */
}

/* The next request, which must be of this method; its body lives until the next call. */
static const char *request(struct world *w, const char *method)
{
	char line[64];

	loop_run(w->loop);
	snprintf(line, sizeof(line), "POST /bot123456:secret/%s HTTP", method);
	if (strncmp(w->request, line, strlen(line)) != 0)
		fail_msg("wanted %s, came %.60s", method, w->request);
	return strstr(w->request, "\r\n\r\n") + 4;
}

/* The other end of a connection, which is in this process as well. */
static int client_of(int connection)
{
	struct sockaddr_in peer, own;
	socklen_t size = sizeof(peer);

	assert_int_equal(getpeername(connection, (struct sockaddr *)&peer, &size), 0);
	for (int fd = 0; fd < DESCRIPTORS_MAX; fd++) {
		size = sizeof(own);
		if (getsockname(fd, (struct sockaddr *)&own, &size) == 0 && size == sizeof(own) &&
		    own.sin_family == AF_INET && own.sin_port == peer.sin_port)
			return fd;
	}
	fail_msg("nobody is connected");
	return -1;
}

/* Returns once it has arrived, so that the next turn of the loop reads it. */
static void answer_as(struct world *w, int status, const char *body)
{
	char *reply = xasprintf("HTTP/1.1 %d So\r\nContent-Length: %zu\r\n\r\n%s", status,
				strlen(body), body);

	assert_true(w->connection >= 0);
	struct pollfd client = { .fd = client_of(w->connection), .events = POLLIN };
	assert_int_equal(send(w->connection, reply, strlen(reply), MSG_NOSIGNAL), strlen(reply));
	assert_int_equal(poll(&client, 1, -1), 1);
	w->connection = -1;
	free(reply);
}

static void answer(struct world *w, const char *body)
{
	answer_as(w, 200, body);
}

static inline void hang_up(struct world *w)
{
	loop_unwatch(w->loop, w->connection);
	close(w->connection);
	w->open[w->connection] = false;
	w->connection = -1;
}

static void comes_to(struct world *w, const char *state)
{
	w->until_state = state;
	loop_run(w->loop);
	w->until_state = NULL;
}

static void nothing_is_asked(struct world *w)
{
	w->turns_left = QUIET_TURNS;
	loop_run(w->loop);
	if (w->connection >= 0)
		fail_msg("came %.60s", w->request);
	w->turns_left = 0;
}

/* While the Bot API holds a request. */
static inline void nothing_happens_for(struct world *w, uint64_t ms)
{
	put_clock_forward(ms);
	w->turns_left = QUIET_TURNS;
	w->until_state = "a state that never comes";
	loop_run(w->loop);
	w->until_state = NULL;
	w->turns_left = 0;
}

/* The next request goes out after at least `least_ms`, and after less than `most_ms`. */
static const char *request_between(struct world *w, uint64_t least_ms, uint64_t most_ms,
				   const char *method)
{
	if (least_ms > 0) {
		nothing_is_asked(w);
		put_clock_forward(least_ms - 1);
		nothing_is_asked(w);
		put_clock_forward(1);
	}
	put_clock_forward(most_ms - least_ms);
	return request(w, method);
}

static const char *request_after(struct world *w, uint64_t ms, const char *method)
{
	return request_between(w, ms, ms, method);
}

static void fails(struct world *w, int status, const char *body)
{
	answer_as(w, status, body);
	comes_to(w, "retrying");
}

static unsigned said(struct world *w, const char *text)
{
	static char log[1 << 16];
	ssize_t size = pread(w->log, log, sizeof(log) - 1, 0);
	unsigned count = 0;

	log[size] = '\0';
	for (const char *at = log; (at = strstr(at, text)); at++)
		count++;
	return count;
}

static bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

/* --- beginnings ------------------------------------------------------------------------------- */

static int set_up(void **state)
{
	struct world *w = xmalloc(sizeof(*w));

	w->loop = loop_create();
	w->connection = -1;
	w->api_url = xasprintf("http://127.0.0.1:%u", listen_locally(w));
	w->settings = (struct settings) { .bot_token = "123456:secret",
					  .api_url = w->api_url,
					  .poll_timeout_s = POLL_TIMEOUT_S,
					  .webhook_url = "",
					  .webhook_secret = "" };
	w->poller = poller_create(w->loop, &w->settings);
	loop_add_hook(w->loop, stop_when_seen, w);
	w->stderr_before = dup(STDERR_FILENO);
	w->log = memfd_create("log", MFD_CLOEXEC);
	dup2(w->log, STDERR_FILENO);
	alarm(HUNG_S);
	world_now = w;
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	alarm(0);
	dup2(w->stderr_before, STDERR_FILENO);
	close(w->stderr_before);
	close(w->log);
	poller_destroy(w->poller);
	close(w->listener);
	for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
		if (w->open[fd])
			close(fd);
	loop_destroy(w->loop);
	free(w->api_url);
	free(w);
	return 0;
}

static void start(struct world *w)
{
	poller_start(w->poller, NULL, NULL);
	assert_true(has(request(w, "getMe"), "{}"));
}

/* The first getUpdates is on its way. */
static inline const char *start_polling(struct world *w)
{
	poller_need_kinds(w->poller, 1u << KIND_POLL);
	start(w);
	answer(w, GET_ME_OK);
	return request(w, "getUpdates");
}

static inline void start_pushed(struct world *w)
{
	w->settings.webhook_url = WEBHOOK;
	w->settings.webhook_secret = "hook-secret";
	poller_need_kinds(w->poller, 1u << KIND_POLL);
	start(w);
	answer(w, GET_ME_OK);
	(void)request(w, "getWebhookInfo");
}

static inline const char *webhook_info(const char *url, int pending, const char *rest)
{
	static char text[512];

	snprintf(text, sizeof(text),
		 "{\"ok\":true,\"result\":{\"url\":\"%s\",\"pending_update_count\":%d%s}}", url,
		 pending, rest);
	return text;
}

#endif
