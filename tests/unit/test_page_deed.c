/* test_page_deed.c - what the system's page may ask for. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "koronectl/page_deed.h"

static char path[64];

static int setup(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "/tmp/korone-deeds-%d", (int)getpid());
	unlink(path);
	return mkfifo(path, 0600);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static bool ask(const char *body, struct why *why)
{
	return page_deed(path, body, strlen(body), why);
}

static void a_deed_is_a_line(void **state)
{
	char line[128] = "";
	struct why why;
	int fd = open(path, O_RDWR | O_NONBLOCK);

	(void)state;
	assert_true(ask("{\"word\":\"0a1b\",\"deed\":\"ingress\"}", &why));
	assert_int_equal(read(fd, line, sizeof(line) - 1), 13);
	assert_string_equal(line, "0a1b ingress\n");
	close(fd);
}

static void nothing_else_gets_into_the_pipe(void **state)
{
	static const char *const refused[] = {
		"",
		"[]",
		"{\"deed\":\"ingress\"}",
		"{\"word\":\"\",\"deed\":\"ingress\"}",
		"{\"word\":\"a b\",\"deed\":\"ingress\"}",
		"{\"word\":\"a\\nb\",\"deed\":\"ingress\"}",
		"{\"word\":7,\"deed\":\"ingress\"}",
		"{\"word\":\"a\",\"deed\":\"ingress; reboot\"}",
		"{\"word\":\"a\",\"deed\":\"\"}",
		"{\"word\":\"a\"}",
	};
	char line[16];
	struct why why;
	int fd = open(path, O_RDWR | O_NONBLOCK);

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_false(ask(refused[i], &why));
	assert_int_equal(read(fd, line, sizeof(line)), -1);
	close(fd);
}

static void without_a_reader_it_is_told(void **state)
{
	struct why why;

	(void)state;
	assert_false(ask("{\"word\":\"a\",\"deed\":\"redis\"}", &why));
	assert_non_null(strstr(why.text, "nobody does deeds here"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_deed_is_a_line, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_else_gets_into_the_pipe, setup, teardown),
		cmocka_unit_test_setup_teardown(without_a_reader_it_is_told, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
