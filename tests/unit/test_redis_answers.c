/* test_redis_answers.c - what the recorder makes of a Redis that answers strangely. The connection
 * is a socket in which all answers lie; hiredis is found in the executable first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/xalloc.h"
#include "recorder/redis.h"

static const char *answers;
static int server = -1;

redisContext *redisConnectUnixWithTimeout(const char *path, const struct timeval timeout)
{
	int ends[2];

	(void)timeout;
	assert_string_equal(path, "/redis");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	server = ends[1];
	assert_int_equal(send(server, answers, strlen(answers), 0), strlen(answers));
	shutdown(server, SHUT_WR);
	return redisConnectFd(ends[0]);
}

static void a_failure_has_a_reason_and_only_a_refused_login_needs_somebody(void **state)
{
	static const struct {
		const char *answers, *state;
		bool refused;
	} rows[] = {
		{ "-NOAUTH Authentication required.\r\n", "NOAUTH Authentication required.", true },
		{ "-WRONGPASS invalid\r\n", "WRONGPASS invalid", true },
		{ "-NOPERM this user\r\n", "NOPERM this user", true },
		{ "-LOADING Redis is loading\r\n", "LOADING Redis is loading", false },
		{ "-MOVED 1 host:1\r\n", "MOVED 1 host:1", false },
		{ "-\r\n", "an error that says nothing", false },
		{ "$5\r\nhello\r\n", "INFO has no run_id", false },
		{ ":7\r\n", "INFO has no run_id", false },
		{ "*-1\r\n", "INFO has no run_id", false },
		{ "", "Server closed the connection", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct why why;
		struct redis *redis = redis_create("unix:///redis", &why);

		answers = rows[i].answers;
		redis_probe(redis);
		assert_string_equal(redis_state(redis), rows[i].state);
		assert_int_equal(redis_is_refused(redis), rows[i].refused);
		assert_false(redis_is_ready(redis));
		assert_int_equal(redis_errors(redis), 1);
		close(server);
		redis_destroy(redis);
	}
}

#define RUN "$21\r\nrun_id:0123456789ab\r\n\r\n"
#define OK "+OK\r\n"

/* Whether it may be asked for rows, by the owner's name that comes back. */
static void who_is_not_the_owner_is_not_ready(void **state)
{
	const struct database_state database = { .incarnation = "0123", .settled = "5" };
	static const char *const others[] = { "$5\r\nother\r\n", "$-1\r\n", ":1\r\n", "*0\r\n" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		struct why why;
		struct redis *redis = redis_create("unix:///redis", &why);
		char *all = xasprintf(RUN "$-1\r\n" OK OK OK "%s", others[i]);

		answers = all;
		assert_int_equal(redis_check(redis, &database, "5"), REDIS_AWAY);
		assert_non_null(strstr(redis_state(redis), "another recorder took over"));
		close(server);
		redis_destroy(redis);
		free(all);
	}
}

static void another_state_of_the_tables_is_told(void **state)
{
	const struct database_state database = { .incarnation = "0123", .settled = "5" };
	struct why why;
	struct redis *redis = redis_create("unix:///redis", &why);

	(void)state;
	answers = RUN "$1\r\n4\r\n";
	assert_int_equal(redis_check(redis, &database, "5"), REDIS_OTHER);
	assert_false(redis_is_ready(redis));
	close(server);
	redis_destroy(redis);
}

static void what_is_no_url_is_refused(void **state)
{
	struct why why;

	(void)state;
	assert_null(redis_create("host:6379", &why));
	assert_true(why.text[0] != '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_has_a_reason_and_only_a_refused_login_needs_somebody),
		cmocka_unit_test(who_is_not_the_owner_is_not_ready),
		cmocka_unit_test(another_state_of_the_tables_is_told),
		cmocka_unit_test(what_is_no_url_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
