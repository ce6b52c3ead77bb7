/* test_http.c - requests of the loop: what is sent, what becomes of every kind of answer. */
#include <sys/resource.h>
#include <unistd.h>

#include "common/http.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "tests/unit/http_peer.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define ANSWER_SIZE_MAX 1000u

struct fixture {
	struct http_peer peer;
	struct http *http;
	unsigned answers, expected;
	struct http_answer answer; /* the last; its texts are copies */
	char body[2048], notice[300], error[256];
};

static const char *const headers[] = { "X-One: 1", "X-Two: 2", NULL };

static int set_up(void **state)
{
	struct fixture *f = xmalloc(sizeof(*f));

	peer_open(&f->peer);
	f->peer.answer = OK;
	f->http = http_create(&(struct http_options) { .loop = f->peer.loop,
						       .headers = headers,
						       .user_agent = "tester/1",
						       .notice = "x-notice:",
						       .connect_timeout_ms = 5000,
						       .answer_max = ANSWER_SIZE_MAX });
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	http_destroy(f->http);
	peer_close(&f->peer);
	free(f);
	return 0;
}

static void on_answer(void *owner, const struct http_answer *answer)
{
	struct fixture *f = owner;

	f->answer = *answer;
	assert_in_range(answer->size, 0, sizeof(f->body) - 1);
	memcpy(f->body, answer->body, answer->size);
	f->body[answer->size] = '\0';
	snprintf(f->notice, sizeof(f->notice), "%s", answer->notice);
	snprintf(f->error, sizeof(f->error), "%s", answer->error);
	f->answer.error = f->error;
	if (++f->answers == f->expected)
		loop_stop(f->peer.loop);
}

static void begin(struct fixture *f, const void *body, size_t size)
{
	char url[128];

	snprintf(url, sizeof(url), "%s/a/path?q=1", f->peer.url);
	http_post(f->http, url, body, size, 10000, on_answer, f);
}

/* Posts once; what came back is in the fixture. */
static void post(struct fixture *f, const char *answer)
{
	f->peer.answer = answer;
	f->expected = f->answers + 1;
	begin(f, "body", 4);
	loop_run(f->peer.loop);
	assert_int_equal(f->answers, f->expected);
	assert_int_equal(http_busy(f->http), 0);
}

/* --- what is sent ----------------------------------------------------------------------------- */

static void a_request_arrives_as_it_was_given(void **state)
{
	static const char body[] = "one\0two", first[] = "POST /a/path?q=1 HTTP/1.1\r\n";
	struct fixture *f = *state;

	f->expected = 1;
	begin(f, body, sizeof(body));
	assert_int_equal(http_busy(f->http), 1);
	loop_run(f->peer.loop);
	assert_memory_equal(buffer_unread(&f->peer.request), first, strlen(first));
	assert_true(peer_was_sent(&f->peer, "\r\nX-One: 1\r\n"));
	assert_true(peer_was_sent(&f->peer, "\r\nX-Two: 2\r\n"));
	assert_true(peer_was_sent(&f->peer, "\r\nUser-Agent: tester/1\r\n"));
	assert_true(peer_was_sent(&f->peer, "\r\nContent-Length: 8\r\n"));
	assert_memory_equal(buffer_unread(&f->peer.request) + buffer_unread_size(&f->peer.request) -
				    sizeof(body),
			    body, sizeof(body));
}

/* With "Expect: 100-continue" each large request would wait a second for servers without it. */
static void a_large_body_is_sent_without_asking(void **state)
{
	static char body[300000];
	struct fixture *f = *state;
	const char *sent;

	memset(body, 'b', sizeof(body));
	f->expected = 1;
	begin(f, body, sizeof(body));
	memset(body, 'x', sizeof(body)); /* it was copied */
	loop_run(f->peer.loop);
	assert_int_equal(f->answer.status, 200);
	assert_null(strcasestr(buffer_text(&f->peer.request), "\r\nExpect:"));
	sent = buffer_text(&f->peer.request);
	assert_int_equal(strspn(strstr(sent, "\r\n\r\n") + 4, "b"), sizeof(body));
}

/* --- answers ---------------------------------------------------------------------------------- */

static void an_answer_comes_whole(void **state)
{
	struct fixture *f = *state;

	post(f, OK);
	assert_int_equal(f->answer.result, HTTP_ANSWERED);
	assert_int_equal(f->answer.status, 200);
	assert_string_equal(f->body, "hello");
	assert_int_equal(f->answer.retry_after_s, 0);
	assert_string_equal(f->answer.error, "");
	assert_string_equal(f->notice, "");
	post(f, "HTTP/1.1 503 Busy\r\nRetry-After: 17\r\nX-NOTICE: slow down\r\n"
		"Content-Length: 2\r\n\r\nno");
	assert_int_equal(f->answer.result, HTTP_ANSWERED);
	assert_int_equal(f->answer.status, 503);
	assert_int_equal(f->answer.retry_after_s, 17);
	assert_string_equal(f->body, "no");
	assert_non_null(strstr(f->notice, "slow down"));
	/* Nothing of it is left for the next. */
	post(f, OK);
	assert_int_equal(f->answer.status, 200);
	assert_int_equal(f->answer.retry_after_s, 0);
	assert_string_equal(f->notice, "");
	assert_string_equal(f->body, "hello");
}

static void a_notice_has_no_secret(void **state)
{
	struct fixture *f = *state;

	log_secret("a-secret-of-ours");
	post(f, "HTTP/1.1 200 OK\r\nX-Notice: about a-secret-of-ours\r\nContent-Length: 0\r\n\r\n");
	assert_non_null(strstr(f->notice, "about ***"));
	assert_null(strstr(f->notice, "ours"));
}

/* A token must not follow a redirect to another host. */
static void no_redirect_is_followed(void **state)
{
	struct fixture *f = *state;
	char answer[200];

	snprintf(answer, sizeof(answer),
		 "HTTP/1.1 307 There\r\nLocation: %s/b\r\nContent-Length: 0\r\n\r\n", f->peer.url);
	post(f, answer);
	assert_int_equal(f->answer.status, 307);
	assert_int_equal(f->peer.requests, 1);
}

static void answers_are_bounded(void **state)
{
	static char answer[ANSWER_SIZE_MAX + 100];
	struct fixture *f = *state;
	int head;

	head = snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n",
			ANSWER_SIZE_MAX);
	memset(answer + head, 'x', ANSWER_SIZE_MAX);
	post(f, answer);
	assert_int_equal(f->answer.result, HTTP_ANSWERED);
	assert_int_equal(f->answer.size, ANSWER_SIZE_MAX);
	f->peer.closes = true;
	head = snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\n\r\n");
	memset(answer + head, 'x', ANSWER_SIZE_MAX + 1);
	answer[head + (int)ANSWER_SIZE_MAX + 1] = '\0';
	post(f, answer);
	assert_int_equal(f->answer.result, HTTP_TOO_LARGE);
	assert_int_equal(f->answer.status, 0);
	assert_string_equal(f->answer.error, "the answer is too large");
}

static void what_broke_off_is_no_answer(void **state)
{
	static const struct {
		const char *answer;
		enum http_result result;
	} rows[] = {
		{ "", HTTP_INCOMPLETE },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", HTTP_INCOMPLETE },
		{ "SSH-2.0-OpenSSH_9.2\r\n\r\n", HTTP_INCOMPLETE },
	};
	struct fixture *f = *state;

	f->peer.closes = true;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		post(f, rows[i].answer);
		assert_int_equal(f->answer.result, rows[i].result);
		assert_int_equal(f->answer.status, 0);
		assert_string_not_equal(f->answer.error, "");
	}
}

static void nobody_there(void **state)
{
	struct fixture *f = *state;

	peer_stop_listening(&f->peer);
	post(f, OK);
	assert_int_equal(f->answer.result, HTTP_NO_CONNECTION);
	assert_int_equal(f->answer.status, 0);
	assert_string_equal(f->answer.error, "cannot connect");
}

static struct http *open_here(struct fixture *f)
{
	return http_create(&(struct http_options) { .loop = f->peer.loop,
						    .headers = headers,
						    .connect_timeout_ms = 5000,
						    .answer_max = ANSWER_SIZE_MAX });
}

/* Otherwise the operator looks for the fault at the wrong place. */
static void a_dead_proxy_is_named_without_its_login(void **state)
{
	struct fixture *f = *state;
	struct http *before = f->http;
	char proxy[128], expected[160];
	const char *port = strrchr(f->peer.url, ':');

	peer_stop_listening(&f->peer);
	snprintf(proxy, sizeof(proxy), "http://user:pw@127.0.0.1:%lu/",
		 strtoul(port + 1, NULL, 10));
	setenv("http_proxy", proxy, 1);
	f->http = open_here(f);
	post(f, OK);
	snprintf(expected, sizeof(expected), "cannot connect: through the proxy 127.0.0.1:%lu",
		 strtoul(port + 1, NULL, 10));
	assert_string_equal(f->answer.error, expected);
	/* It may not be used for this host. */
	setenv("no_proxy", "127.0.0.1", 1);
	setenv("http_proxy", "http://proxy.invalid:3128", 1);
	post(f, OK);
	assert_string_equal(f->answer.error, "cannot connect");
	unsetenv("http_proxy");
	unsetenv("no_proxy");
	http_destroy(f->http);
	f->http = before;
}

static void without_descriptors_that_is_the_cause(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, none;
	int used[256], count = 0;

	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 256;
	setrlimit(RLIMIT_NOFILE, &none);
	while (count < 256 && (used[count] = dup(0)) >= 0)
		count++;
	post(f, OK);
	for (int i = 0; i < count; i++)
		close(used[i]);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_string_equal(f->answer.error, "cannot connect: Too many open files");
}

static void no_answer_in_time(void **state)
{
	struct fixture *f = *state;

	f->peer.answer = NULL;
	f->expected = 1;
	http_post(f->http, f->peer.url, "x", 1, 20, on_answer, f);
	loop_run(f->peer.loop);
	assert_int_equal(f->answer.result, HTTP_TIMED_OUT);
	assert_int_equal(f->answer.status, 0);
	assert_string_equal(f->answer.error, "no answer in time");
}

/* --- many ------------------------------------------------------------------------------------- */

static void four_at_once(void **state)
{
	struct fixture *f = *state;

	f->expected = HTTP_REQUESTS_MAX;
	for (unsigned i = 0; i < HTTP_REQUESTS_MAX; i++) {
		assert_int_equal(http_busy(f->http), i);
		begin(f, "body", 4);
	}
	assert_int_equal(http_busy(f->http), HTTP_REQUESTS_MAX);
	loop_run(f->peer.loop);
	assert_int_equal(f->answers, HTTP_REQUESTS_MAX);
	assert_int_equal(f->peer.requests, HTTP_REQUESTS_MAX);
	assert_int_equal(http_busy(f->http), 0);
}

static void on_answer_again(void *owner, const struct http_answer *answer)
{
	struct fixture *f = owner;

	on_answer(f, answer);
	if (f->answers < f->expected)
		http_post(f->http, f->peer.url, "x", 1, 10000, on_answer_again, f);
}

/* As the long poll does. */
static void the_next_request_may_begin_in_the_answer_to_the_last(void **state)
{
	struct fixture *f = *state;

	f->expected = 5;
	http_post(f->http, f->peer.url, "x", 1, 10000, on_answer_again, f);
	loop_run(f->peer.loop);
	assert_int_equal(f->answers, 5);
	assert_int_equal(f->peer.requests, 5);
	assert_int_equal(f->peer.connections_count, 1); /* which is kept */
}

static void a_rebuild_begins_with_a_new_connection(void **state)
{
	struct fixture *f = *state;

	post(f, OK);
	post(f, OK);
	assert_int_equal(f->peer.connections_count, 1);
	http_rebuild(f->http);
	post(f, OK);
	assert_int_equal(f->peer.connections_count, 2);
	assert_true(peer_was_sent(&f->peer, "\r\nX-One: 1\r\n"));
}

static void who_aborts_is_not_called(void **state)
{
	struct fixture *f = *state;

	f->expected = 1;
	begin(f, "body", 4);
	begin(f, "body", 4);
	http_abort(f->http);
	assert_int_equal(http_busy(f->http), 0);
	post(f, OK); /* and can go on */
	assert_int_equal(f->answers, 1);
}

static void what_is_under_way_ends_with_it(void **state)
{
	struct fixture *f = *state;

	begin(f, "body", 4);
	http_destroy(f->http);
	f->http = NULL;
	assert_int_equal(f->answers, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_request_arrives_as_it_was_given),
		TEST(a_large_body_is_sent_without_asking),
		TEST(an_answer_comes_whole),
		TEST(a_notice_has_no_secret),
		TEST(no_redirect_is_followed),
		TEST(answers_are_bounded),
		TEST(what_broke_off_is_no_answer),
		TEST(nobody_there),
		TEST(a_dead_proxy_is_named_without_its_login),
		TEST(without_descriptors_that_is_the_cause),
		TEST(no_answer_in_time),
		TEST(four_at_once),
		TEST(the_next_request_may_begin_in_the_answer_to_the_last),
		TEST(a_rebuild_begins_with_a_new_connection),
		TEST(who_aborts_is_not_called),
		TEST(what_is_under_way_ends_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
