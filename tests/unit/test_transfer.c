/* test_transfer.c - transfers to a server in the same loop: many at once, ends, connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/transfer.h"
#include "common/xalloc.h"

#define TRANSFERS 20 /* more than one multi handle takes */
#define ANSWER_MAX 1000
#define HUNG_MS 20000
#define DESCRIPTORS_MAX 1024

/* --- a server --------------------------------------------------------------------------------- */

struct server {
	struct loop *loop;
	int fd;
	unsigned port;
	unsigned accepted, requests,
		ended; /* connections; requests; connections that clients closed */
	int latest;    /* connection */
	bool open[DESCRIPTORS_MAX];
};

static void answer(int fd, const char *request)
{
	char large[ANSWER_MAX + 1], reply[ANSWER_MAX + 256];

	memset(large, 'x', sizeof(large));
	if (strstr(request, " /silent "))
		return;
	if (strstr(request, " /large "))
		snprintf(reply, sizeof(reply), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%.*s",
			 sizeof(large), (int)sizeof(large), large);
	else if (!strncmp(request, "CONNECT ", 8))
		snprintf(reply, sizeof(reply),
			 "HTTP/1.1 407 Not so\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	else if (strstr(request, " /elsewhere "))
		snprintf(reply, sizeof(reply),
			 "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n");
	else
		snprintf(reply, sizeof(reply), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	assert_int_equal(send(fd, reply, strlen(reply), MSG_NOSIGNAL), strlen(reply));
}

static void on_request(void *owner, int fd, uint32_t events)
{
	struct server *server = owner;
	char request[1024];
	ssize_t got = recv(fd, request, sizeof(request) - 1, 0);

	(void)events;
	if (got <= 0) {
		server->ended++;
		loop_unwatch(server->loop, fd);
		close(fd);
		server->open[fd] = false;
		return;
	}
	request[got] = '\0';
	assert_non_null(strstr(request, "\r\n\r\n"));
	server->requests++;
	answer(fd, request);
}

static void on_connection(void *owner, int fd, uint32_t events)
{
	struct server *server = owner;

	(void)events;
	server->latest = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	assert_in_range(server->latest, 0, DESCRIPTORS_MAX - 1);
	server->open[server->latest] = true;
	server->accepted++;
	loop_watch(server->loop, server->latest, EPOLLIN, on_request, server);
}

static void serve(struct server *server, struct loop *loop)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);

	*server = (struct server) { .loop = loop,
				    .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	assert_int_equal(bind(server->fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(server->fd, 2 * TRANSFERS), 0);
	assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &size), 0);
	server->port = ntohs(address.sin_port);
	loop_watch(loop, server->fd, EPOLLIN, on_connection, server);
}

/* --- the fixture ------------------------------------------------------------------------------ */

struct fixture {
	struct loop *loop;
	struct server server;
	struct transfers *transfers;
	struct transfer transfer[TRANSFERS];
	struct loop_timer hung;
	unsigned ended, wanted; /* the loop stops when so many have ended */
	CURLcode code;          /* of the last one */
	void (*then)(struct fixture *f);
	bool (*until)(const struct fixture *f);
	bool is_open; /* to the guard */
};

static void on_hung(void *owner)
{
	(void)owner;
	fail_msg("nothing more happens");
}

static bool stop_when_seen(void *owner)
{
	struct fixture *f = owner;

	if (f->until && f->until(f))
		loop_stop(f->loop);
	return false;
}

static int set_up(void **state)
{
	struct fixture *f = xmalloc(sizeof(*f));
	struct why why;

	f->loop = loop_create();
	serve(&f->server, f->loop);
	f->transfers = transfers_create(f->loop, ANSWER_MAX, &why);
	assert_non_null(f->transfers);
	f->hung = (struct loop_timer) { .fn = on_hung, .owner = f };
	loop_timer_set(f->loop, &f->hung, HUNG_MS);
	loop_add_hook(f->loop, stop_when_seen, f);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < TRANSFERS; i++) {
		transfer_close(&f->transfer[i]);
		buffer_finish(&f->transfer[i].answer);
	}
	transfers_destroy(f->transfers);
	close(f->server.fd);
	for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
		if (f->server.open[fd])
			close(fd);
	loop_destroy(f->loop);
	free(f);
	return 0;
}

static void on_end(void *owner, CURLcode code)
{
	struct fixture *f = owner;

	f->code = code;
	f->ended++;
	if (f->then)
		f->then(f);
	if (f->ended == f->wanted)
		loop_stop(f->loop);
}

static void start(struct fixture *f, size_t index, const char *path)
{
	struct transfer *transfer = &f->transfer[index];
	char url[64];

	if (!transfer->easy)
		transfer_open(transfer, f->transfers, on_end, f);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/%s", f->server.port, path);
	curl_easy_setopt(transfer->easy, CURLOPT_URL, url);
	transfer_start(transfer);
}

static void run(struct fixture *f, unsigned ends)
{
	f->wanted = f->ended + ends;
	loop_run(f->loop);
}

static void run_until(struct fixture *f, bool (*until)(const struct fixture *f))
{
	f->until = until;
	loop_run(f->loop);
	f->until = NULL;
}

static long status_of(const struct fixture *f)
{
	long status = 0;

	curl_easy_getinfo(f->transfer[0].easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void many_at_once_keep_their_connections(void **state)
{
	struct fixture *f = *state;

	for (unsigned round = 1; round <= 3; round++) {
		for (size_t i = 0; i < TRANSFERS; i++)
			start(f, i, "ok");
		run(f, TRANSFERS);
		for (size_t i = 0; i < TRANSFERS; i++)
			assert_string_equal(buffer_text(&f->transfer[i].answer), "ok");
		assert_int_equal(f->server.requests, round * TRANSFERS);
		assert_int_equal(f->server.accepted, TRANSFERS);
	}
}

static void start_another(struct fixture *f)
{
	if (f->ended < 100)
		start(f, 0, "ok");
}

static void the_end_of_one_may_start_the_next(void **state)
{
	struct fixture *f = *state;

	f->then = start_another;
	start(f, 0, "ok");
	run(f, 100);
	assert_int_equal(f->server.requests, 100);
	assert_int_equal(f->server.accepted, 1);
}

static void start_in_vain(struct fixture *f)
{
	if (f->ended >= 100)
		return;
	start(f, 0, "ok");
	curl_easy_setopt(f->transfer[0].easy, CURLOPT_URL, "gopher://127.0.0.1/");
}

static void what_fails_at_once_may_be_tried_again(void **state)
{
	struct fixture *f = *state;

	f->then = start_in_vain;
	start_in_vain(f);
	run(f, 100);
	assert_int_equal(f->code, CURLE_UNSUPPORTED_PROTOCOL);
	assert_int_equal(f->server.accepted, 0);
}

static void a_flush_does_not_wait_for_the_loop(void **state)
{
	struct fixture *f = *state;
	struct pollfd listener = { .fd = f->server.fd, .events = POLLIN };

	start(f, 0, "ok");
	assert_int_equal(poll(&listener, 1, 0), 0);
	transfers_flush(f->transfers);
	assert_int_equal(poll(&listener, 1, HUNG_MS), 1);
	run(f, 1);
	assert_int_equal(f->code, CURLE_OK);
}

static void an_answer_has_a_limit(void **state)
{
	struct fixture *f = *state;

	start(f, 0, "large");
	run(f, 1);
	assert_int_equal(f->code, CURLE_WRITE_ERROR);
	assert_true(buffer_unread_size(&f->transfer[0].answer) <= ANSWER_MAX);
}

static void no_other_place_is_gone_to(void **state)
{
	struct fixture *f = *state;

	start(f, 0, "elsewhere");
	run(f, 1);
	assert_int_equal(status_of(f), 302);
	assert_int_equal(f->server.requests, 1);
}

static bool is_requested(const struct fixture *f)
{
	return f->server.requests == 1;
}

static bool is_closed(const struct fixture *f)
{
	return f->server.ended == 1;
}

static void what_is_aborted_has_no_end_and_no_connection(void **state)
{
	struct fixture *f = *state;

	start(f, 0, "silent");
	run_until(f, is_requested);
	transfer_abort(&f->transfer[0]);
	run_until(f, is_closed);
	assert_int_equal(f->ended, 0);
	start(f, 0, "ok");
	run(f, 1);
	assert_int_equal(f->code, CURLE_OK);
	assert_int_equal(f->server.accepted, 2);
}

static void begin_with_nothing(struct fixture *f)
{
	if (f->ended > 1)
		return;
	transfer_close(&f->transfer[0]);
	transfers_reset(f->transfers);
	/* The caller may not have read it yet. */
	assert_string_equal(buffer_text(&f->transfer[0].answer), "ok");
	start(f, 0, "ok");
}

static void a_reset_is_allowed_at_an_end_and_drops_connections(void **state)
{
	struct fixture *f = *state;

	f->then = begin_with_nothing;
	start(f, 0, "ok");
	run(f, 2);
	assert_int_equal(f->code, CURLE_OK);
	assert_int_equal(f->server.accepted, 2);
	run_until(f, is_closed);
}

static void a_connection_that_the_server_ends_is_let_go_at_once(void **state)
{
	struct fixture *f = *state;

	start(f, 0, "ok");
	run(f, 1);
	assert_int_equal(shutdown(f->server.latest, SHUT_WR), 0);
	run_until(f, is_closed);
	start(f, 0, "ok");
	run(f, 1);
	assert_int_equal(f->code, CURLE_OK);
	assert_int_equal(f->server.accepted, 2);
}

/* --- why something failed --------------------------------------------------------------------- */

static const char *const proxy_names[] = { "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
					   "ALL_PROXY",  "no_proxy",    "NO_PROXY" };

static void forget_proxies(void)
{
	for (size_t i = 0; i < COUNT_OF(proxy_names); i++)
		unsetenv(proxy_names[i]);
}

/* Where nobody listens. */
static int reserve(unsigned *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

/* The environment is read when transfers are created. */
static void expect_cause(struct fixture *f, const char *url, const char *expected)
{
	char cause[128];
	struct why why;

	transfer_close(&f->transfer[0]);
	transfers_destroy(f->transfers);
	f->transfers = transfers_create(f->loop, ANSWER_MAX, &why);
	start(f, 0, "ok");
	curl_easy_setopt(f->transfer[0].easy, CURLOPT_URL, url);
	run(f, 1);
	transfer_cause(&f->transfer[0], f->code, cause, sizeof(cause));
	if (strcmp(cause, expected) != 0)
		fail_msg("%s: %s instead of %s (%d, %s)", url, cause, expected, (int)f->code,
			 f->transfer[0].error);
}

static bool guard_lets(void *owner, const struct sockaddr *address)
{
	struct fixture *f = owner;
	struct sockaddr_in v4;

	memcpy(&v4, address, sizeof(v4));
	assert_int_equal(v4.sin_family, AF_INET);
	assert_int_equal(ntohs(v4.sin_port), f->server.port);
	assert_int_equal(ntohl(v4.sin_addr.s_addr), INADDR_LOOPBACK);
	return f->is_open;
}

static void a_guard_sees_the_address_before_anything_is_sent(void **state)
{
	struct fixture *f = *state;

	start(f, 0, "ok");
	transfer_abort(&f->transfer[0]);
	f->transfer[0].guard = guard_lets;
	start(f, 0, "ok");
	run(f, 1);
	assert_int_equal(f->code, CURLE_COULDNT_CONNECT);
	assert_int_equal(f->server.accepted, 0);
	f->is_open = true;
	start(f, 0, "ok");
	run(f, 1);
	assert_int_equal(f->code, CURLE_OK);
	assert_int_equal(f->server.accepted, 1);
	/* Another transfer is not guarded. */
	start(f, 1, "ok");
	run(f, 1);
	assert_int_equal(f->code, CURLE_OK);
}

static void the_proxy_that_cannot_be_reached_is_named_without_its_login(void **state)
{
	static const struct {
		const char *name;
		bool http, https;
	} rows[] = { { "http_proxy", true, false },
		     { "https_proxy", false, true },
		     { "HTTPS_PROXY", false, true },
		     { "all_proxy", true, true },
		     { "ALL_PROXY", true, true } };
	static const char *const forms[] = { "http://me:secret@127.0.0.1:%u/", "127.0.0.1:%u" };
	struct fixture *f = *state;
	unsigned port, other_port;
	int fd = reserve(&port), other = reserve(&other_port);
	char http[64], https[64], proxy[64], expected[64];

	snprintf(http, sizeof(http), "http://127.0.0.1:%u/", other_port);
	snprintf(https, sizeof(https), "https://127.0.0.1:%u/", other_port);
	snprintf(expected, sizeof(expected), "through the proxy 127.0.0.1:%u", port);
	for (size_t i = 0; i < COUNT_OF(rows) * COUNT_OF(forms); i++) {
		size_t row = i / COUNT_OF(forms);

		forget_proxies();
		snprintf(proxy, sizeof(proxy), i % COUNT_OF(forms) ? forms[1] : forms[0], port);
		setenv(rows[row].name, proxy, 1);
		expect_cause(f, http, rows[row].http ? expected : "");
		expect_cause(f, https, rows[row].https ? expected : "");
	}
	forget_proxies();
	expect_cause(f, http, "");
	close(fd);
	close(other);
}

static void what_a_proxy_answers_is_told(void **state)
{
	struct fixture *f = *state;
	char proxy[64], expected[80];

	forget_proxies();
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", f->server.port);
	setenv("https_proxy", proxy, 1);
	snprintf(expected, sizeof(expected), "the proxy 127.0.0.1:%u answers HTTP 407",
		 f->server.port);
	expect_cause(f, "https://127.0.0.1:1/", expected);
	forget_proxies();
}

static void a_proxy_that_was_not_used_is_not_named(void **state)
{
	static const char *const names[] = { "no_proxy", "NO_PROXY" };
	struct fixture *f = *state;
	unsigned port, other_port;
	int fd = reserve(&port), other = reserve(&other_port);
	char url[64], proxy[64], expected[96];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", other_port);
	snprintf(proxy, sizeof(proxy), "localhost:%u", port);
	snprintf(expected, sizeof(expected), "through the proxy %s", proxy);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		forget_proxies();
		setenv("http_proxy", proxy, 1);
		setenv(names[i], "127.0.0.1", 1);
		expect_cause(f, url, "");
		setenv(names[i], "example.org", 1);
		expect_cause(f, url, expected);
	}
	/* What worked has no cause, with a proxy as well. */
	forget_proxies();
	snprintf(proxy, sizeof(proxy), "127.0.0.1:%u", f->server.port);
	setenv("http_proxy", proxy, 1);
	expect_cause(f, url, "");
	assert_int_equal(f->code, CURLE_OK);
	assert_string_equal(buffer_text(&f->transfer[0].answer), "ok");
	forget_proxies();
	close(fd);
	close(other);
}

/* The same failures have other causes when this process has nothing left to open them with. */
static void what_this_process_lacks_is_told(void **state)
{
	static const CURLcode lookups[] = { CURLE_COULDNT_RESOLVE_HOST,
					    CURLE_COULDNT_RESOLVE_PROXY };
	struct fixture *f = *state;
	struct rlimit before, none;
	char cause[64];

	forget_proxies();
	start(f, 0, "ok");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)dup(f->server.fd);
	close((int)none.rlim_cur);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	run(f, 1);
	transfer_cause(&f->transfer[0], f->code, cause, sizeof(cause));
	assert_string_equal(cause, strerror(EMFILE));
	for (size_t i = 0; i < COUNT_OF(lookups); i++) {
		transfer_cause(&f->transfer[0], lookups[i], cause, sizeof(cause));
		assert_string_equal(cause, strerror(EMFILE));
	}
	transfer_cause(&f->transfer[0], CURLE_RECV_ERROR, cause, sizeof(cause));
	assert_string_equal(cause, "");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	for (size_t i = 0; i < COUNT_OF(lookups); i++) {
		transfer_cause(&f->transfer[0], lookups[i], cause, sizeof(cause));
		assert_string_equal(cause, "");
	}
	snprintf(f->transfer[0].error, sizeof(f->transfer[0].error), "thread failed to start");
	transfer_cause(&f->transfer[0], CURLE_COULDNT_RESOLVE_HOST, cause, sizeof(cause));
	assert_string_equal(cause, "no thread to look up a name");
	start(f, 0, "ok");
	run(f, 1);
	assert_int_equal(f->code, CURLE_OK);
}

static void an_answer_may_be_as_large_as_the_limit(void **state)
{
	struct fixture *f = *state;
	struct why why;

	transfers_destroy(f->transfers);
	f->transfers = transfers_create(f->loop, ANSWER_MAX + 1, &why);
	start(f, 0, "large");
	run(f, 1);
	assert_int_equal(f->code, CURLE_OK);
	assert_int_equal(buffer_unread_size(&f->transfer[0].answer), ANSWER_MAX + 1);
}

static void a_limit_of_time_ends_what_nobody_answers(void **state)
{
	struct fixture *f = *state;

	start(f, 0, "silent");
	curl_easy_setopt(f->transfer[0].easy, CURLOPT_TIMEOUT_MS, 50L);
	run(f, 1);
	assert_int_equal(f->code, CURLE_OPERATION_TIMEDOUT);
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_SERVER(many_at_once_keep_their_connections),
		WITH_SERVER(the_end_of_one_may_start_the_next),
		WITH_SERVER(what_fails_at_once_may_be_tried_again),
		WITH_SERVER(a_flush_does_not_wait_for_the_loop),
		WITH_SERVER(an_answer_has_a_limit),
		WITH_SERVER(no_other_place_is_gone_to),
		WITH_SERVER(a_guard_sees_the_address_before_anything_is_sent),
		WITH_SERVER(the_proxy_that_cannot_be_reached_is_named_without_its_login),
		WITH_SERVER(what_a_proxy_answers_is_told),
		WITH_SERVER(a_proxy_that_was_not_used_is_not_named),
		WITH_SERVER(what_this_process_lacks_is_told),
		WITH_SERVER(an_answer_may_be_as_large_as_the_limit),
		WITH_SERVER(a_limit_of_time_ends_what_nobody_answers),
		WITH_SERVER(what_is_aborted_has_no_end_and_no_connection),
		WITH_SERVER(a_reset_is_allowed_at_an_end_and_drops_connections),
		WITH_SERVER(a_connection_that_the_server_ends_is_let_go_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
