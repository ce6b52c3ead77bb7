/* test_tunnels.c - the proxy of programs without a host behind it: who is let in, what is refused,
 * and when it ends. With real hosts: tests/system/test_programs_web.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/unit/turned_loop.h"
#include "workers/fetcher/tunnels.h"

static struct loop *loop;
static struct target_rules rules;
static struct tunnels *tunnels;
static struct sockaddr_in address;

static int listen_anywhere(void)
{
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address = (struct sockaddr_in) { .sin_family = AF_INET,
					 .sin_addr = { htonl(INADDR_LOOPBACK) } };
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	return fd;
}

static int set_up(void **state)
{
	struct why why;

	(void)state;
	log_open("test", LOG_FORMAT_LOGFMT, LOG_LEVEL_ERROR);
	loop = loop_create();
	assert_true(web_hosts_add(&rules.hosts, "m", "127.0.0.1", NULL, NULL, NULL, &why));
	tunnels = tunnels_create(loop, &rules, &why);
	assert_non_null(tunnels);
	assert_true(tunnels_add(tunnels, 7, (struct text) { "m", 1 }, listen_anywhere()));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tunnels_destroy(tunnels);
	web_hosts_finish(&rules.hosts);
	loop_destroy(loop);
	return 0;
}

static int come(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	turn_loop(loop, 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	for (int i = 0; i < 3; i++)
		turn_loop(loop, 0);
}

static void hears(int fd, const char *expected)
{
	char text[1024] = "";

	assert_true(recv(fd, text, sizeof(text) - 1, 0) > 0);
	assert_memory_equal(text, expected, strlen(expected));
	assert_int_equal(recv(fd, text, sizeof(text), 0), 0);
	close(fd);
}

static bool has_ended(int fd)
{
	char byte;

	return recv(fd, &byte, 1, 0) == 0 || errno == ECONNRESET;
}

static void what_is_not_allowed_is_said(void **state)
{
	int fd = come();

	(void)state;
	say(fd, "\x16\x03\x01\r\n\r\n");
	hears(fd, "HTTP/1.1 400 ");
	fd = come();
	say(fd, "CONNECT other.org:443 HTTP/1.1\r\n\r\n");
	hears(fd, "HTTP/1.1 403 ");
	/* Declared, and not of the internet. */
	fd = come();
	say(fd, "GET http://127.0.0.1/ HTTP/1.1\r\n\r\n");
	hears(fd, "HTTP/1.1 403 ");
}

static void a_head_comes_in_time(void **state)
{
	int fd = come();

	(void)state;
	say(fd, "GET http://");
	assert_false(has_ended(fd));
	turn_loop(loop, TUNNEL_HEAD_MS + 1000);
	assert_true(has_ended(fd));
	close(fd);
}

static void those_beyond_the_limit_wait(void **state)
{
	int fds[TUNNELS_OF_PROGRAM], late;

	(void)state;
	for (size_t i = 0; i < TUNNELS_OF_PROGRAM; i++)
		fds[i] = come();
	late = come();
	say(late, "nonsense\r\n\r\n");
	assert_false(has_ended(late));
	close(fds[0]);
	for (int i = 0; i < 4; i++)
		turn_loop(loop, 0);
	hears(late, "HTTP/1.1 400 ");
	for (size_t i = 1; i < TUNNELS_OF_PROGRAM; i++)
		close(fds[i]);
}

static void nothing_is_left_of_a_program(void **state)
{
	int fd = come();

	(void)state;
	tunnels_remove(tunnels, 8);
	assert_false(has_ended(fd));
	tunnels_remove(tunnels, 7);
	assert_true(has_ended(fd));
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), -1);
	close(fd);
}

static void one_that_leaves_lets_nobody_in(void **state)
{
	int fd = come(), late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	tunnels_leave(tunnels);
	assert_false(has_ended(fd));
	assert_int_equal(connect(late, (struct sockaddr *)&address, sizeof(address)), -1);
	close(fd);
	close(late);
}

static void only_a_listener_is_taken(void **state)
{
	(void)state;
	assert_false(tunnels_add(tunnels, 9, (struct text) { "m", 1 }, -1));
	assert_false(tunnels_add(tunnels, 9, (struct text) { "m", 1 },
				 open("/dev/null", O_RDONLY | O_CLOEXEC)));
	assert_false(tunnels_add(tunnels, 9, (struct text) { "m", 1 },
				 socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_allowed_is_said),    TEST(a_head_comes_in_time),
		TEST(those_beyond_the_limit_wait),    TEST(nothing_is_left_of_a_program),
		TEST(one_that_leaves_lets_nobody_in), TEST(only_a_listener_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
