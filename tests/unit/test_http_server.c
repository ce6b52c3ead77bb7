/* test_http_server.c - the server over real sockets: who keeps a place, and who is served again.
 * Seconds are skipped by advancing the clock. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/http_server.h"
#include "common/xalloc.h"
#include "tests/unit/moved_clock.h"

#define PLACES 8
#define LARGE (8u << 20)
#define RUNS_MAX 10000u
#define PATIENCE_MS 5000u /* for what takes no time */
#define GET "GET /a%20b?c=%64 HTTP/1.1\r\nHost: x\r\n\r\n"
#define POST "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"

static struct metric connections = { METRIC_GAUGE, "c", "", { { 0 } }, NULL, NULL };
static struct metric ended = {
	METRIC_COUNTER, "e", "", { { "reason", http_end_names } }, NULL, NULL
};
static struct metric *const metrics[] = { &connections, &ended, NULL };

struct fixture {
	struct http_server *server;
	struct http_request *kept; /* answered when the test chooses to */
	bool keep;
	size_t answer_size;
	char target[64], body[64];
	bool too_large;
	int before[HTTP_END_CROWDED + 1];
	int descriptors;
};

static void reply(struct http_request *request, size_t size)
{
	char *bytes = xmalloc(size + 1);

	memset(bytes, 'x', size);
	http_request_answer(request,
			    &(struct http_reply) { .status = 200, .body = bytes, .size = size });
	free(bytes);
}

static void on_request(void *owner, struct http_request *request)
{
	struct fixture *f = owner;
	size_t size;
	const char *body = http_request_body(request, &size);

	f->too_large = !body;
	snprintf(f->target, sizeof(f->target), "%s", http_request_target(request));
	snprintf(f->body, sizeof(f->body), "%s", body ? body : "");
	if (f->keep)
		f->kept = request;
	else
		reply(request, f->answer_size);
}

static int count_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 4096; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static int set_up(void **state)
{
	static bool registered;
	struct fixture *f = xmalloc(sizeof(*f));
	struct why why = { "" };

	if (!registered)
		metrics_register(metrics);
	registered = true;
	f->descriptors = count_descriptors();
	setrlimit(RLIMIT_NOFILE, &(struct rlimit) { 1024, 1024 });
	for (int end = HTTP_END_HEAD; end <= HTTP_END_CROWDED; end++)
		f->before[end] = (int)metric_get_at(&ended, (size_t)end - 1, 0);
	f->server = http_server_open(
		&(struct http_server_options) {
			.listen = "127.0.0.1:0",
			.places = PLACES,
			.limits = { .head_ms = 1500,
				    .head_crowded_ms = 300,
				    .request_ms = 3000,
				    .idle_ms = 60000 },
			.body_max = 16,
			.on_request = on_request,
			.owner = f,
			.connections = &connections,
			.ended = &ended,
		},
		&why);
	assert_string_equal(why.text, "");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	http_server_close(f->server);
	assert_int_equal(count_descriptors(), f->descriptors);
	free(f);
	return 0;
}

static int ended_by(const struct fixture *f, enum http_end end)
{
	return (int)metric_get_at(&ended, (size_t)end - 1, 0) - f->before[end];
}

/* --- clients, in the same thread -------------------------------------------------------------- */

static int dial(const struct fixture *f)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)http_server_port(f->server)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)connect(fd, (struct sockaddr *)&address, sizeof(address));
	return fd;
}

/* Serves for that long; returns how often there was something to do. */
static unsigned serve(struct fixture *f, uint64_t ms)
{
	uint64_t end_ms = clock_boot_ms() + ms;
	unsigned runs = 0;

	for (;;) {
		struct pollfd ready = { .fd = http_server_fd(f->server), .events = POLLIN };
		uint64_t now_ms = clock_boot_ms();
		int wait_ms = http_server_run(f->server);

		runs++;
		if (now_ms >= end_ms)
			return runs;
		if (wait_ms < 0 || (uint64_t)wait_ms > end_ms - now_ms)
			wait_ms = (int)(end_ms - now_ms);
		poll(&ready, 1, wait_ms);
	}
}

/* The same, but once nothing has come for a moment, the clock is advanced to the next time when
 * there is something to do. A server that spins ends after RUNS_MAX. */
static unsigned pass(struct fixture *f, uint64_t ms)
{
	uint64_t end_ms = clock_boot_ms() + ms;
	unsigned runs = 0;

	while (runs < RUNS_MAX) {
		struct pollfd ready = { .fd = http_server_fd(f->server), .events = POLLIN };
		uint64_t now_ms = clock_boot_ms();
		int wait_ms = http_server_run(f->server);

		runs++;
		if (now_ms >= end_ms)
			break;
		if (wait_ms < 0 || (uint64_t)wait_ms > end_ms - now_ms)
			wait_ms = (int)(end_ms - now_ms);
		if (wait_ms > 0 && poll(&ready, 1, 1) == 0)
			put_clock_forward((uint64_t)wait_ms);
	}
	return runs;
}

/* Until that many have a place. */
static void serve_until_connected(struct fixture *f, int64_t count)
{
	uint64_t end_ms = clock_boot_ms() + PATIENCE_MS;

	while (metric_get(&connections) != count) {
		assert_true(clock_boot_ms() < end_ms);
		serve(f, 1);
	}
}

static void serve_until_kept(struct fixture *f)
{
	uint64_t end_ms = clock_boot_ms() + PATIENCE_MS;

	while (!f->kept) {
		assert_true(clock_boot_ms() < end_ms);
		serve(f, 1);
	}
}

/* Until somebody waits for a place. */
static void serve_until_crowded(struct fixture *f)
{
	uint64_t end_ms = clock_boot_ms() + PATIENCE_MS;

	while (http_server_crowded_ms(f->server) == 0) {
		assert_true(clock_boot_ms() < end_ms);
		serve(f, 1);
	}
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Waits until the server can read what was sent, or has closed. */
static void wait_until_delivered(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLRDHUP };
	int unsent = 1;

	for (unsigned i = 0; i < PATIENCE_MS && unsent > 0 && poll(&end, 1, 0) == 0; i++) {
		assert_int_equal(ioctl(fd, SIOCOUTQ, &unsent), 0);
		if (unsent > 0)
			usleep(1000);
	}
	assert_true(unsent == 0 || end.revents);
}

static bool is_answered(int fd)
{
	char text[4096] = "";

	return recv(fd, text, sizeof(text) - 1, 0) > 0 && !strncmp(text, "HTTP/1.1 200", 12);
}

/* True after a reset, too. */
static bool is_closed(int fd)
{
	char byte;
	ssize_t got = recv(fd, &byte, 1, 0);

	return got == 0 || (got < 0 && errno != EAGAIN);
}

/* Waits until the kernel has delivered the end that the server has sent. */
static void assert_closes(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
	assert_true(is_closed(fd));
}

/* Within a while. */
static void assert_answers(struct fixture *f, int fd, uint64_t patience_ms)
{
	uint64_t end_ms = clock_boot_ms() + patience_ms;

	while (!is_answered(fd)) {
		assert_true(clock_boot_ms() < end_ms);
		serve(f, 20);
	}
}

static void assert_serves_a_newcomer(struct fixture *f, uint64_t patience_ms)
{
	int fd = dial(f);

	say(fd, GET);
	assert_answers(f, fd, patience_ms);
	close(fd);
	serve(f, 20);
}

static void dial_many(struct fixture *f, int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fds[i] = dial(f);
	serve(f, 50);
}

static void close_many(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

/* --- requests --------------------------------------------------------------------------------- */

static void requests_are_given_as_they_were_sent(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	say(fd, GET);
	assert_answers(f, fd, 1000);
	assert_string_equal(f->target, "/a%20b?c=%64");
	say(fd, POST "ab");
	serve(f, 20);
	say(fd, "cd");
	assert_answers(f, fd, 1000);
	assert_string_equal(f->body, "abcd");
	say(fd, "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 17\r\n\r\n0123456789abcdefg");
	assert_answers(f, fd, 1000);
	assert_true(f->too_large);
	close(fd);
}

static void answers_may_come_late(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	f->keep = true;
	say(fd, GET);
	serve_until_kept(f);
	pass(f, 4500); /* longer than a request may take */
	assert_false(is_closed(fd));
	reply(f->kept, 5);
	assert_answers(f, fd, 1000);
	close(fd);
}

static void a_request_without_its_answer_does_not_hinder_the_end(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	f->keep = true;
	say(fd, GET);
	serve_until_kept(f);
	close(fd);
}

/* --- limits ----------------------------------------------------------------------------------- */

static void a_head_that_trickles_in_ends(void **state)
{
	struct fixture *f = *state;
	int silent = dial(f), slow = dial(f);

	say(slow, "GET / HTTP/1.1\r\n");
	serve_until_connected(f, 2);
	for (int i = 0; i < 14; i++) {
		(void)send(slow, "A: b\r\n", 6, MSG_NOSIGNAL);
		pass(f, 200);
	}
	assert_closes(silent);
	assert_closes(slow);
	assert_int_equal(ended_by(f, HTTP_END_HEAD), 2);
	close(silent);
	close(slow);
}

static void so_does_that_of_a_further_request(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	say(fd, GET);
	assert_answers(f, fd, 1000);
	pass(f, 2000);
	assert_false(is_closed(fd)); /* it may be idle for longer */
	for (int i = 0; i < 18; i++) {
		(void)send(fd, &GET[i], 1, MSG_NOSIGNAL);
		wait_until_delivered(fd);
		pass(f, 200);
	}
	assert_closes(fd);
	assert_int_equal(ended_by(f, HTTP_END_HEAD), 1);
	close(fd);
}

static void a_body_that_trickles_in_ends(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	say(fd, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
	wait_until_delivered(fd);
	serve_until_connected(f, 1);
	for (int i = 0; i < 22; i++) {
		(void)send(fd, "x", 1, MSG_NOSIGNAL);
		pass(f, 200);
	}
	assert_closes(fd);
	assert_int_equal(ended_by(f, HTTP_END_REQUEST), 1);
	close(fd);
}

static void an_answer_that_nobody_reads_ends(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	f->answer_size = LARGE;
	say(fd, GET);
	serve_until_connected(f, 1);
	pass(f, 4500);
	assert_int_equal(ended_by(f, HTTP_END_REQUEST), 1);
	assert_int_equal(metric_get(&connections), 0);
	close(fd);
}

/* --- more of them than places ----------------------------------------------------------------- */

static void after_storms_of_silence_newcomers_are_heard(void **state)
{
	struct fixture *f = *state;
	int fds[5 * PLACES];

	for (int storm = 0; storm < 200; storm++) {
		for (size_t i = 0; i < COUNT_OF(fds); i++)
			fds[i] = dial(f);
		if (storm % 2)
			serve(f, 1);
		for (size_t i = 0; i < COUNT_OF(fds); i++) {
			struct linger reset = { .l_onoff = 1 };

			if (i % 3 == 1)
				setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
			if (i % 3 == 2)
				shutdown(fds[i], SHUT_WR);
			close(fds[i]);
		}
		serve(f, 2);
	}
	assert_serves_a_newcomer(f, 2000);
	for (int i = 0; i < 1200 && metric_get(&connections) > 0; i++)
		serve(f, 1);
	pass(f, 1200);
	assert_int_equal(metric_get(&connections), 0);
	assert_int_equal(http_server_crowded_ms(f->server), 0);
}

static void the_longest_idle_gives_his_place_up(void **state)
{
	struct fixture *f = *state;
	int fds[PLACES];

	dial_many(f, fds, PLACES);
	for (size_t i = 0; i < PLACES; i++) {
		say(fds[(i + 3) % PLACES], GET); /* the fourth first */
		assert_answers(f, fds[(i + 3) % PLACES], 1000);
		serve(f, 5);
	}
	assert_int_equal(metric_get(&connections), PLACES);
	pass(f, 1100);
	assert_int_equal(ended_by(f, HTTP_END_CROWDED), 0); /* nobody is waiting yet */
	assert_serves_a_newcomer(f, 300);
	assert_closes(fds[3]);
	for (size_t i = 0; i < PLACES; i++)
		assert_int_equal(i != 3 && is_closed(fds[i]), 0);
	assert_int_equal(ended_by(f, HTTP_END_CROWDED), 1);
	close_many(fds, PLACES);
}

static void the_silent_do_when_nobody_is_idle(void **state)
{
	struct fixture *f = *state;
	int fds[5 * PLACES];

	dial_many(f, fds, COUNT_OF(fds));
	serve_until_crowded(f);
	pass(f, 1000);
	assert_serves_a_newcomer(f, 5000);
	assert_true(ended_by(f, HTTP_END_CROWDED) > 0);
	close_many(fds, COUNT_OF(fds));
}

/* While it is full it checks once a second, and does not spin. */
static void requests_do_not(void **state)
{
	struct fixture *f = *state;
	int fds[PLACES], newcomer;

	f->keep = true;
	dial_many(f, fds, PLACES);
	for (size_t i = 0; i < PLACES; i++) {
		say(fds[i], GET);
		wait_until_delivered(fds[i]);
	}
	serve(f, 50);
	newcomer = dial(f);
	say(newcomer, GET);
	assert_true(pass(f, 2500) < 20);
	assert_true(http_server_crowded_ms(f->server) > 2000);
	for (size_t i = 0; i < PLACES; i++)
		assert_false(is_closed(fds[i]));
	f->keep = false;
	reply(f->kept, 1); /* a place becomes idle */
	assert_answers(f, newcomer, 500);
	close_many(fds, PLACES);
	close(newcomer);
}

static void without_descriptors_it_waits_for_some(void **state)
{
	struct fixture *f = *state;
	int taken[4096], newcomer = dial(f), other = dial(f);
	size_t count = 0;

	say(newcomer, GET);
	while ((taken[count] = dup(newcomer)) >= 0)
		count++;
	assert_true(pass(f, 2500) < 20);
	assert_false(is_answered(newcomer));
	assert_int_equal(http_server_lacks(f->server), EMFILE);
	close(taken[--count]);
	pass(f, 1000);
	assert_answers(f, newcomer, 500);
	/* Now there is an idle connection, and the other one gets its descriptor. */
	say(other, GET);
	pass(f, 1000);
	assert_answers(f, other, 1500);
	close_many(taken, count);
	assert_closes(newcomer);
	assert_int_equal(ended_by(f, HTTP_END_CROWDED), 1);
	assert_int_equal(http_server_lacks(f->server), 0);
	close(newcomer);
	close(other);
}

static void without_connections_it_sleeps(void **state)
{
	struct fixture *f = *state;

	assert_serves_a_newcomer(f, 1000);
	serve(f, 50);
	assert_int_equal(http_server_run(f->server), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(requests_are_given_as_they_were_sent),
		TEST(answers_may_come_late),
		TEST(a_request_without_its_answer_does_not_hinder_the_end),
		TEST(a_head_that_trickles_in_ends),
		TEST(so_does_that_of_a_further_request),
		TEST(a_body_that_trickles_in_ends),
		TEST(an_answer_that_nobody_reads_ends),
		TEST(after_storms_of_silence_newcomers_are_heard),
		TEST(the_longest_idle_gives_his_place_up),
		TEST(the_silent_do_when_nobody_is_idle),
		TEST(requests_do_not),
		TEST(without_descriptors_it_waits_for_some),
		TEST(without_connections_it_sleeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
