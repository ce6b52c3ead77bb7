/* test_listener.c - addresses to listen on, and what is said of those that are none. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/listener.h"

static int require_listener(const char *where)
{
	struct why why = { "" };
	int fd = listener_open(where, 8, &why);

	if (fd < 0)
		fail_msg("%s: %s", where, why.text);
	return fd;
}

static int connect_to(uint32_t address, int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(address),
				  .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void who_connects_is_noticed(void **state)
{
	int fd = require_listener("127.0.0.1:0"), port = listener_port(fd), client;

	(void)state;
	assert_in_range(port, 1, 65535);
	assert_false(listener_has_newcomer(fd));
	client = connect_to(INADDR_LOOPBACK, port);
	assert_true(client >= 0);
	assert_true(listener_has_newcomer(fd));
	close(client);
	close(fd);
}

/* Nobody who accepts may wait, and no program that is started later may hold the port. */
static void it_blocks_nobody_and_is_not_inherited(void **state)
{
	int fd = require_listener("127.0.0.1:0");

	(void)state;
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

static void without_a_host_it_is_all_addresses(void **state)
{
	int fd = require_listener(":0"), client;

	(void)state;
	client = connect_to(INADDR_LOOPBACK + 4, listener_port(fd)); /* 127.0.0.5 */
	assert_true(client >= 0);
	close(client);
	close(fd);
}

static void only_the_address_that_is_named_is_listened_on(void **state)
{
	int fd = require_listener("127.0.0.1:0");

	(void)state;
	assert_int_equal(connect_to(INADDR_LOOPBACK + 4, listener_port(fd)), -1);
	close(fd);
}

static void an_address_of_version_six_is_in_brackets(void **state)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
	int probe = socket(AF_INET6, SOCK_STREAM, 0), fd;
	bool is_here = probe >= 0 && bind(probe, (struct sockaddr *)&address, sizeof(address)) == 0;

	(void)state;
	if (probe >= 0)
		close(probe);
	if (!is_here)
		skip();
	fd = require_listener("[::1]:0");
	assert_in_range(listener_port(fd), 1, 65535);
	close(fd);
}

static void a_port_is_free_again_at_once(void **state)
{
	int first = require_listener("127.0.0.1:0"), port = listener_port(first), client, accepted;
	char where[32];

	(void)state;
	client = connect_to(INADDR_LOOPBACK, port);
	accepted = accept(first, NULL, NULL);
	assert_true(accepted >= 0);
	close(accepted); /* the side that closes first keeps the address for a minute */
	close(client);
	close(first);
	snprintf(where, sizeof(where), "127.0.0.1:%d", port);
	close(require_listener(where));
}

static void a_port_that_is_taken_is_named(void **state)
{
	int first = require_listener("127.0.0.1:0");
	struct why why = { "" };
	char where[32];

	(void)state;
	snprintf(where, sizeof(where), "127.0.0.1:%d", listener_port(first));
	assert_int_equal(listener_open(where, 8, &why), -1);
	assert_non_null(strstr(why.text, where));
	assert_non_null(strstr(why.text, strerror(EADDRINUSE)));
	close(first);
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const wrong[] = { "",
					     "localhost",
					     "127.0.0.1:",
					     ":",
					     "[::1]",
					     "127.0.0.1:no-such-service",
					     "host.invalid:0" };
	char long_host[400];
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		why.text[0] = '\0';
		assert_int_equal(listener_open(wrong[i], 8, &why), -1);
		assert_non_null(strstr(why.text, wrong[i]));
	}
	memset(long_host, 'a', sizeof(long_host));
	memcpy(long_host + sizeof(long_host) - 4, ":80", 4);
	assert_int_equal(listener_open(long_host, 8, &why), -1);
	assert_non_null(strstr(why.text, "is not HOST:PORT"));
	/* Up to the room for a host's name, and beyond it. */
	for (size_t length = 254; length <= 257; length++) {
		memset(long_host, 'a', length);
		memcpy(long_host + length, ":80", 4);
		assert_int_equal(listener_open(long_host, 8, &why), -1);
	}
}

static void only_a_lack_of_resources_is_waited_for(void **state)
{
	static const int lacks[] = { EMFILE, ENFILE, ENOBUFS, ENOMEM };
	static const int others[] = { EAGAIN, ECONNABORTED, EINVAL, EINTR, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(lacks) / sizeof(*lacks); i++)
		assert_true(listener_lacks_resources(lacks[i]));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(listener_lacks_resources(others[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_connects_is_noticed),
		cmocka_unit_test(it_blocks_nobody_and_is_not_inherited),
		cmocka_unit_test(without_a_host_it_is_all_addresses),
		cmocka_unit_test(only_the_address_that_is_named_is_listened_on),
		cmocka_unit_test(an_address_of_version_six_is_in_brackets),
		cmocka_unit_test(a_port_is_free_again_at_once),
		cmocka_unit_test(a_port_that_is_taken_is_named),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(only_a_lack_of_resources_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
