/* The log: both formats, fields, context, hidden secrets, whole lines. */
#include "common/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#define LOG_SUBSYSTEM "test"

static char captured[16384];

/* Runs fn in a child with stderr in a pipe; what it wrote is in `captured`. */
static int capture(void (*fn)(void))
{
	int ends[2], status;
	size_t length = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		fn();
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], captured + length, sizeof(captured) - 1 - length)) > 0)
		length += (size_t)got;
	captured[length] = '\0';
	close(ends[0]);
	waitpid(pid, &status, 0);
	return status;
}

static void write_logfmt(void)
{
	struct trace_id trace = { .bytes = { 0xab, 0xcd, [15] = 1 } };

	log_open("ingress", LOG_FORMAT_LOGFMT, LOG_LEVEL_NOTICE);
	log_context_trace(&trace);
	log_context_module("ping");
	log_notice("spool is \"open\" path=/x/y why=\"two words\" empty=\"\"");
	log_debug("not shown");
}

static void test_logfmt(void **state)
{
	(void)state;
	capture(write_logfmt);
	assert_non_null(strstr(captured, "Z level=notice process=ingress subsystem=test pid="));
	assert_non_null(strstr(captured,
			       " msg=\"spool is \\\"open\\\"\" path=/x/y why=\"two words\" "
			       "empty=\"\" trace_id=abcd0000000000000000000000000001 "
			       "module=ping\n"));
	assert_null(strstr(captured, "not shown"));
}

static void write_json(void)
{
	log_open("ingress", LOG_FORMAT_JSON, LOG_LEVEL_DEBUG);
	log_warn("went on \x01 without Redis error=\"said \"no\" to us\" retry_ms=%d", 250);
}

static void test_json(void **state)
{
	json_t *line;

	(void)state;
	capture(write_json);
	line = json_loads(captured, 0, NULL);
	assert_non_null(line);
	assert_string_equal(json_string_value(json_object_get(line, "level")), "warn");
	assert_string_equal(json_string_value(json_object_get(line, "msg")),
			    "went on \x01 without Redis");
	assert_string_equal(json_string_value(json_object_get(line, "error")), "said \"no\" to us");
	assert_string_equal(json_string_value(json_object_get(line, "retry_ms")), "250");
	json_decref(line);
}

static void write_secrets(void)
{
	log_open("worker", LOG_FORMAT_LOGFMT, LOG_LEVEL_NOTICE);
	log_secret("hunter2-hunter2");
	log_notice("password hunter2-hunter2, url "
		   "https://x/bot123456789:AAabcdefghijklmnopqrstuvwxyz0123456_-/getMe end");
}

static void test_secrets_are_hidden(void **state)
{
	(void)state;
	capture(write_secrets);
	assert_null(strstr(captured, "hunter2"));
	assert_null(strstr(captured, "AAabc"));
	assert_non_null(strstr(captured, "password ***, url https://x/bot***/getMe end"));
}

static void write_long(void)
{
	char *text = calloc(1, 10000);

	memset(text, 'x', 9999);
	log_open("worker", LOG_FORMAT_LOGFMT, LOG_LEVEL_NOTICE);
	log_notice("%s", text);
	free(text);
}

static void test_long_lines_are_cut_and_end(void **state)
{
	(void)state;
	capture(write_long);
	assert_in_range(strlen(captured), 2000, 4096);
	assert_int_equal(captured[strlen(captured) - 1], '\n');
}

static void end_fatally(void)
{
	fatal(74, "disk is gone");
}

static void test_fatal_exits_with_its_code(void **state)
{
	int status;

	(void)state;
	status = capture(end_fatally);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 74);
	assert_non_null(strstr(captured, "level=error"));
}

static void end_in_panic(void)
{
	panic("lane %d has no owner", 7);
}

static void test_panic_aborts_and_says_where(void **state)
{
	int status;

	(void)state;
	status = capture(end_in_panic);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_non_null(strstr(captured, "msg=\"lane 7 has no owner\" file=tests/unit/test_log.c"));
	assert_non_null(strstr(captured, "function=end_in_panic"));
}

/* No leak check: children of fork() end by exit(). */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logfmt),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_secrets_are_hidden),
		cmocka_unit_test(test_long_lines_are_cut_and_end),
		cmocka_unit_test(test_fatal_exits_with_its_code),
		cmocka_unit_test(test_panic_aborts_and_says_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
