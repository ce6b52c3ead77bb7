/* test_sim_origin.c - requests of web pages are told from others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/web/origin.h"

static int check(const char *headers)
{
	static struct host_names hosts;
	char data[512];
	struct http_request request;
	const char *reason;

	if (hosts.count == 0)
		assert_true(host_names_add(&hosts, "simulator"));
	snprintf(data, sizeof(data), "GET / HTTP/1.1\r\n%s\r\n", headers);
	assert_int_equal(http_parse(data, strlen(data), &request), HTTP_READY);
	return origin_check(&request, &hosts, &reason);
}

static void only_known_names_are_hosts(void **state)
{
	(void)state;
	assert_int_equal(check(""), 0);
	assert_int_equal(check("Host: 127.0.0.1:8081\r\n"), 0);
	assert_int_equal(check("Host: LocalHost\r\n"), 0);
	assert_int_equal(check("Host: [::1]:80\r\n"), 0);
	assert_int_equal(check("Host: simulator:8081\r\n"), 0);
	assert_int_equal(check("Host: simulator.\r\n"), 421);
	assert_int_equal(check("Host: localhost:80:80\r\n"), 421);
	assert_int_equal(check("Host: 8081\r\n"), 421);
	assert_int_equal(check("Host: :8081\r\n"), 421);
	assert_int_equal(check("Host:\r\n"), 421);
}

static void only_its_own_pages_are_origins(void **state)
{
	(void)state;
	assert_int_equal(check("Host: localhost:81\r\nOrigin: http://localhost:81\r\n"), 0);
	assert_int_equal(check("Host: localhost:81\r\nOrigin: HTTP://LOCALHOST:81\r\n"), 0);
	assert_int_equal(check("Host: localhost:81\r\nOrigin: http://localhost\r\n"), 403);
	assert_int_equal(check("Host: localhost:81\r\nOrigin: https://localhost:81\r\n"), 403);
	assert_int_equal(check("Host: localhost:81\r\nOrigin: null\r\n"), 403);
	assert_int_equal(check("Host: localhost:81\r\nOrigin:\r\n"), 403);
	/* No page was served under no name. */
	assert_int_equal(check("Origin: http://\r\n"), 403);
	assert_int_equal(check("Origin: http://localhost\r\n"), 403);
}

static void only_its_own_pages_and_addresses_that_are_typed_fetch(void **state)
{
	(void)state;
	assert_int_equal(check("Host: localhost\r\nSec-Fetch-Site: same-origin\r\n"), 0);
	assert_int_equal(check("Host: localhost\r\nSec-Fetch-Site: none\r\n"), 0);
	assert_int_equal(check("Host: localhost\r\nSec-Fetch-Site: same-site\r\n"), 403);
	assert_int_equal(check("Host: localhost\r\nSec-Fetch-Site: cross-site\r\n"), 403);
	assert_int_equal(check("Sec-Fetch-Site:\r\n"), 403);
}

static void there_is_room_for_so_many_names(void **state)
{
	struct host_names hosts = { 0 };

	(void)state;
	for (size_t i = 0; i < HOST_NAMES_MAX; i++)
		assert_true(host_names_add(&hosts, "a"));
	assert_false(host_names_add(&hosts, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_known_names_are_hosts),
		cmocka_unit_test(only_its_own_pages_are_origins),
		cmocka_unit_test(only_its_own_pages_and_addresses_that_are_typed_fetch),
		cmocka_unit_test(there_is_room_for_so_many_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
