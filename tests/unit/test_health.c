/* test_health.c - the endpoints over real sockets, and the watchdog against a loop that hangs. */
#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/buffer.h"
#include "common/health.h"
#include "common/loop.h"
#include "common/metric.h"
#include "common/xalloc.h"
#include "tests/unit/moved_clock.h"

static struct metric counted = { METRIC_COUNTER, "test_total", "A test.", { { 0 } }, NULL, NULL };
static struct metric *const metrics[] = { &counted, NULL };

static struct health *start(const char *listen, struct why *why)
{
	return health_start("test", listen, &health_default_limits, why);
}

static int set_up(void **state)
{
	struct why why = { "" };

	*state = start("127.0.0.1:0", &why);
	assert_string_equal(why.text, "");
	assert_non_null(*state);
	return 0;
}

static int tear_down(void **state)
{
	health_stop(*state);
	return 0;
}

/* --- a small HTTP client ---------------------------------------------------------------------- */

static int dial(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct timeval patience = { .tv_sec = 10 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Sends the request and returns everything until the server closes. The caller frees it. */
static char *exchange(int port, const char *request)
{
	struct buffer reply = { 0 };
	char *text;
	ssize_t got;
	int fd = dial(port);

	assert_true(fd >= 0);
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	while ((got = recv(fd, buffer_reserve(&reply, 4096), 4096, 0)) > 0)
		buffer_commit(&reply, (size_t)got);
	close(fd);
	text = xstrdup(buffer_text(&reply));
	buffer_finish(&reply);
	return text;
}

/* The status; the body in *body (to be freed) when body is not NULL. */
static int get_page(const struct health *health, const char *method, const char *path, char **body)
{
	char *request = xasprintf("%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", method,
				  path);
	char *reply = exchange(health_port(health), request);
	char *end = strstr(reply, "\r\n\r\n");
	int status;

	assert_int_equal(strncmp(reply, "HTTP/1.1 ", 9), 0);
	status = atoi(reply + 9);
	assert_non_null(end);
	if (body)
		*body = xstrdup(end + 4);
	free(reply);
	free(request);
	return status;
}

/* --- pages ------------------------------------------------------------------------------------ */

static void metrics_are_served(void **state)
{
	char *body, *reply;

	metrics_register(metrics);
	metric_add(&counted, 42);
	assert_int_equal(get_page(*state, "GET", "/metrics", &body), 200);
	assert_non_null(strstr(body, "\ntest_total 42\n"));
	assert_non_null(strstr(body, "process=\"test\""));
	assert_int_equal(body[strlen(body) - 1], '\n');
	free(body);
	reply = exchange(health_port(*state),
			 "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	assert_non_null(strstr(reply, "Content-Type: text/plain; version=0.0.4"));
	free(reply);
}

static json_t *get_json(const struct health *health, const char *path, int status)
{
	char *body;
	json_t *json;

	assert_int_equal(get_page(health, "GET", path, &body), status);
	json = json_loads(body, 0, NULL);
	assert_non_null(json);
	free(body);
	return json;
}

static void readiness_names_each_dependency(void **state)
{
	json_t *json = get_json(*state, "/readyz", 503);

	/* nothing is known yet */
	assert_false(json_is_true(json_object_get(json, "ready")));
	json_decref(json);
	health_dependency(*state, "postgres", true, false, "refused: \"no\"");
	health_dependency(*state, "redis", false, false, "away");
	json = get_json(*state, "/readyz", 503);
	assert_string_equal(
		json_string_value(json_object_get(
			json_object_get(json_object_get(json, "dependencies"), "postgres"),
			"state")),
		"refused: \"no\"");
	json_decref(json);
	health_dependency(*state, "postgres", true, true, "connected");
	json = get_json(*state, "/readyz", 200);
	assert_true(json_is_true(json_object_get(json, "ready")));
	assert_int_equal(json_object_size(json_object_get(json, "dependencies")), 2);
	json_decref(json);
}

static void status_is_what_was_given(void **state)
{
	char *body;

	assert_int_equal(get_page(*state, "GET", "/status", NULL), 404);
	health_status(*state, "{\"a\":1}", 7);
	health_status(*state, "{\"a\":2}", 7);
	assert_int_equal(get_page(*state, "GET", "/status", &body), 200);
	assert_string_equal(body, "{\"a\":2}");
	free(body);
}

static void other_methods_and_paths_are_refused(void **state)
{
	char *body, *reply;

	assert_int_equal(get_page(*state, "GET", "/", NULL), 404);
	assert_int_equal(get_page(*state, "GET", "/metrics/../healthz", NULL), 404);
	assert_int_equal(get_page(*state, "HEAD", "/healthz", &body), 200);
	assert_string_equal(body, "");
	free(body);
	assert_int_equal(get_page(*state, "DELETE", "/healthz", NULL), 405);
	reply = exchange(health_port(*state),
			 "POST /status HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
			 "Connection: close\r\n\r\nabcd");
	assert_non_null(strstr(reply, "405"));
	assert_non_null(strstr(reply, "Allow: GET, HEAD"));
	free(reply);
}

static void garbage_does_no_harm(void **state)
{
	char *huge = xmalloc(100001);

	memset(huge, 'h', 100000);
	memcpy(huge, "GET /", 5);
	free(exchange(health_port(*state), "\r\n\r\n\x01\x02 nonsense\r\n\r\n"));
	free(exchange(health_port(*state), huge));
	free(huge);
	assert_int_equal(get_page(*state, "GET", "/healthz", NULL), 200);
}

/* Silent connections take up all places for at most the time limit. */
static void idle_connections_are_bounded(void **state)
{
	int idle[64];
	char byte;

	for (size_t i = 0; i < COUNT_OF(idle); i++)
		idle[i] = dial(health_port(*state));
	put_clock_forward(6000);
	(void)send(idle[1], "G", 1, MSG_NOSIGNAL); /* wakes the server up */
	assert_int_equal(recv(idle[0], &byte, 1, 0), 0);
	assert_int_equal(get_page(*state, "GET", "/healthz", NULL), 200);
	for (size_t i = 0; i < COUNT_OF(idle); i++)
		close(idle[i]);
}

static void wrong_addresses_are_refused(void **state)
{
	char *taken = xasprintf("127.0.0.1:%d", health_port(*state));
	struct why why;

	assert_null(start(taken, &why));
	assert_non_null(strstr(why.text, "in use"));
	assert_null(start("127.0.0.1", &why));
	assert_non_null(strstr(why.text, "is not HOST:PORT"));
	assert_null(start("no host:1", &why));
	free(taken);
}

static void it_starts_and_stops_again_and_again(void **state)
{
	char *listen;
	struct health *other = start("[::1]:0", NULL);

	(void)state;
	health_stop(other); /* NULL on machines without IPv6 */
	other = start("127.0.0.1:0", NULL);
	listen = xasprintf("127.0.0.1:%d", health_port(other));
	for (int i = 0; i < 5; i++) {
		health_stop(other);
		other = start(listen, NULL);
		assert_non_null(other);
		assert_int_equal(get_page(other, "GET", "/healthz", NULL), 200);
	}
	health_stop(other);
	free(listen);
}

static void *scrape(void *argument)
{
	for (int i = 0; i < 50; i++) {
		free(exchange(health_port(argument), i % 2 ? "GET /status HTTP/1.0\r\n\r\n"
							   : "GET /readyz HTTP/1.0\r\n\r\n"));
		free(exchange(health_port(argument), "GET /metrics HTTP/1.0\r\n\r\n"));
	}
	return NULL;
}

/* For the thread sanitizer. */
static void the_snapshot_may_change_while_it_is_read(void **state)
{
	pthread_t threads[2];

	metrics_register(metrics);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, scrape, *state), 0);
	for (int i = 0; i < 5000; i++) {
		char json[64];
		int size = snprintf(json, sizeof(json), "{\"i\":%d}", i);

		health_status(*state, json, (size_t)size);
		health_dependency(*state, "redis", true, i % 2, i % 2 ? "ready" : "away");
		health_turn(*state);
		metric_add(&counted, 1);
	}
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
}

static bool page_has(const struct health *health, const char *request, const char *text)
{
	char *reply = exchange(health_port(health), request);
	bool found = strstr(reply, text) != NULL;

	free(reply);
	return found;
}

static void each_page_has_its_words_and_type(void **state)
{
#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	static const struct {
		const char *request, *text;
	} rows[] = {
		{ GET("/healthz"), "\r\n\r\nok\n" },
		{ GET("/healthz?full=1"), "\r\n\r\nok\n" }, /* a query is ignored */
		{ GET("/healthz"), "Content-Type: text/plain; charset=utf-8\r\n" },
		{ GET("/healthz"), "Cache-Control: no-store\r\n" },
		{ GET("/readyz"), "Content-Type: application/json\r\n" },
		{ GET("/status"), "Content-Type: application/json\r\n" },
		{ GET("/status"), "\r\n\r\n{}\n" },
		{ GET("/health"), "try /healthz, /readyz, /metrics or /status\n" },
		{ GET("/healthzz"), "HTTP/1.1 404" },
		{ GET("/healthz/"), "HTTP/1.1 404" },
		{ GET("/xhealthz"), "HTTP/1.1 404" },
		{ "PUT /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		  "\r\n\r\nGET and HEAD only\n" },
		{ "PUT /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		  "Content-Type: text/plain\r\n" },
		{ "GETS /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		  "HTTP/1.1 405" },
	};
#undef GET

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (!page_has(*state, rows[i].request, rows[i].text))
			fail_msg("row %zu: no %s", i, rows[i].text);
	assert_false(page_has(*state, "GET /healthz HTTP/1.0\r\n\r\n", "Allow:"));
}

static bool flag_of(const json_t *readiness, const char *dependency, const char *flag)
{
	const json_t *all = json_object_get(readiness, "dependencies");
	const json_t *value = json_object_get(json_object_get(all, dependency), flag);

	assert_true(json_is_boolean(value));
	return json_is_true(value);
}

static void only_what_is_needed_keeps_us_from_being_ready(void **state)
{
	char name[16], state_text[300];
	json_t *json;

	memset(state_text, 's', sizeof(state_text) - 1);
	state_text[sizeof(state_text) - 1] = '\0';
	for (int i = 0; i < 16; i++) { /* as many as there may be */
		snprintf(name, sizeof(name), "d%d", i);
		health_dependency(*state, name, i == 15, i != 3, state_text);
	}
	json = get_json(*state, "/readyz", 200);
	assert_int_equal(json_object_size(json_object_get(json, "dependencies")), 16);
	assert_true(flag_of(json, "d15", "needed"));
	assert_true(flag_of(json, "d15", "ready"));
	assert_false(flag_of(json, "d3", "needed"));
	assert_false(flag_of(json, "d3", "ready"));
	assert_int_equal(
		json_string_length(json_object_get(
			json_object_get(json_object_get(json, "dependencies"), "d0"), "state")),
		127);
	json_decref(json);
	health_dependency(*state, "d15", true, false, "away");
	json = get_json(*state, "/readyz", 503);
	assert_false(flag_of(json, "d15", "ready"));
	json_decref(json);
	health_dependency(*state, "d15", false, false, "away"); /* no longer needed */
	json_decref(get_json(*state, "/readyz", 200));
}

/* Signals are for the loop: no thread of ours takes one. */
static void signals_wait_for_the_thread_that_started_it(void **state)
{
	sigset_t usr1, before, pending, after;
	int taken;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr1, &before);
	/* The mask is as it was. */
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	for (int signal = 1; signal < 32; signal++)
		assert_int_equal(sigismember(&after, signal), signal == SIGUSR1);
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	assert_int_equal(get_page(*state, "GET", "/healthz", NULL), 200); /* one thread ran */
	sigpending(&pending);
	assert_true(sigismember(&pending, SIGUSR1));
	assert_int_equal(sigwait(&usr1, &taken), 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* --- the watchdog ----------------------------------------------------------------------------- */

/* What happens to a watched process; each runs in a child and exits 0 if it survives. */

static void stop_loop(void *owner)
{
	loop_stop(owner);
}

static void run_for(struct loop *loop, uint64_t ms)
{
	struct loop_timer timer = { .fn = stop_loop, .owner = loop };

	loop_timer_set(loop, &timer, ms);
	loop_run(loop);
}

struct ticking {
	struct loop *loop;
	struct loop_timer timer;
};

static void keep_turning(void *owner)
{
	struct ticking *ticking = owner;

	loop_timer_set(ticking->loop, &ticking->timer, 10);
}

static struct health *start_impatient(unsigned abort_ms)
{
	const struct health_limits limits = { .look_ms = 20,
					      .stale_ms = 200,
					      .abort_ms = abort_ms };

	return health_start("test", "127.0.0.1:0", &limits, NULL);
}

/* A loop that turns often, watched with limits of a fraction of a second. */
static struct health *watched(struct ticking *ticking, unsigned abort_ms)
{
	struct health *health = start_impatient(abort_ms);

	ticking->loop = loop_create();
	ticking->timer = (struct loop_timer) { .fn = keep_turning, .owner = ticking };
	keep_turning(ticking);
	health_watch_loop(health, ticking->loop);
	return health;
}

static void loop_hangs(void)
{
	struct ticking ticking;

	watched(&ticking, 600);
	run_for(ticking.loop, 100);
	sleep(10);
}

static void loop_turns_on(void)
{
	struct ticking ticking;
	struct health *health = watched(&ticking, 600);

	run_for(ticking.loop, 1500);
	if (get_page(health, "GET", "/healthz", NULL) != 200)
		_exit(1);
	health_stop(health);
}

static void loop_is_stale_for_a_while(void)
{
	struct ticking ticking;
	struct health *health = watched(&ticking, 30000);
	int status = 0;

	run_for(ticking.loop, 50);
	usleep(400000);
	if (get_page(health, "GET", "/healthz", NULL) != 503)
		_exit(1);
	for (int i = 0; i < 100 && status != 200; i++) {
		run_for(ticking.loop, 50);
		status = get_page(health, "GET", "/healthz", NULL);
	}
	if (status != 200)
		_exit(2);
	health_stop(health);
}

static void watch_has_ended(void)
{
	struct ticking ticking;
	struct health *health = watched(&ticking, 600);

	run_for(ticking.loop, 50);
	health_watch_loop(health, NULL);
	loop_destroy(ticking.loop);
	usleep(1200000);
}

static void loop_has_not_begun(void)
{
	struct ticking ticking;
	struct health *health = watched(&ticking, 600);

	usleep(1200000);
	if (get_page(health, "GET", "/healthz", NULL) != 200)
		_exit(1);
}

static void own_turns_stop(void)
{
	struct health *health = start_impatient(600);

	for (int i = 0; i < 100; i++) {
		health_turn(health);
		usleep(10000);
	}
	sleep(10);
}

static void machine_sleeps(void)
{
	struct ticking ticking;
	struct health *health = watched(&ticking, 600);

	run_for(ticking.loop, 50);
	usleep(60000); /* the watchdog sees that the loop does not turn */
	put_clock_forward(3600000);
	usleep(60000);
	run_for(ticking.loop, 50);
	health_stop(health);
}

/* A process that was stopped (or a machine that slept) did not hang. It stops itself; its parent
 * resumes it. */
static void process_is_paused(void)
{
	struct ticking ticking;
	struct health *health = watched(&ticking, 600);

	run_for(ticking.loop, 100);
	usleep(60000); /* the watchdog sees that the loop does not turn */
	raise(SIGSTOP);
	run_for(ticking.loop, 300);
	health_stop(health);
}

static pid_t start_child(void (*body)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		alarm(30);
		body();
		_exit(0);
	}
	return pid;
}

/* Resumes a process that stops itself after a while. */
static int end_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	if (WIFSTOPPED(status)) {
		usleep(1500000);
		kill(pid, SIGCONT);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	}
	return status;
}

/* All at the same time: they mostly wait. */
static void a_process_ends_when_its_loop_hangs_and_only_then(void **state)
{
	static const struct {
		const char *name;
		void (*body)(void);
		int status;
	} rows[] = {
		{ "process_is_paused", process_is_paused, 0 },
		{ "loop_hangs", loop_hangs, SIGABRT },
		{ "own_turns_stop", own_turns_stop, SIGABRT },
		{ "loop_turns_on", loop_turns_on, 0 },
		{ "loop_is_stale_for_a_while", loop_is_stale_for_a_while, 0 },
		{ "watch_has_ended", watch_has_ended, 0 },
		{ "loop_has_not_begun", loop_has_not_begun, 0 },
		{ "machine_sleeps", machine_sleeps, 0 },
	};
	pid_t pids[COUNT_OF(rows)];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		pids[i] = start_child(rows[i].body);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int status = end_of(pids[i]) & ~0x80; /* whether there is a core file */

		if (status != rows[i].status)
			fail_msg("%s ended with status %#x", rows[i].name, (unsigned)status);
	}
}

static void our_programs_have_the_limits_that_are_documented(void **state)
{
	(void)state;
	assert_int_equal(health_default_limits.look_ms, 1000);
	assert_int_equal(health_default_limits.stale_ms, 10000);
	assert_int_equal(health_default_limits.abort_ms, 30000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_ends_when_its_loop_hangs_and_only_then),
		cmocka_unit_test(our_programs_have_the_limits_that_are_documented),
		TEST(metrics_are_served),
		TEST(readiness_names_each_dependency),
		TEST(status_is_what_was_given),
		TEST(other_methods_and_paths_are_refused),
		TEST(garbage_does_no_harm),
		TEST(each_page_has_its_words_and_type),
		TEST(only_what_is_needed_keeps_us_from_being_ready),
		TEST(signals_wait_for_the_thread_that_started_it),
		TEST(idle_connections_are_bounded),
		TEST(wrong_addresses_are_refused),
		TEST(it_starts_and_stops_again_and_again),
		TEST(the_snapshot_may_change_while_it_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
