/* test_fetch_allow.c - KORONE_FETCH_ALLOW: what it may say, and what it lets through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "common/xalloc.h"
#include "workers/wire/fetch_allow.h"

static bool lets(const struct fetch_allow *allow, const char *address, uint16_t port)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
		return fetch_allow_has(allow, (const struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
	return fetch_allow_has(allow, (const struct sockaddr *)&v6);
}

static void an_address_counts_with_its_port_only(void **state)
{
	struct fetch_allow allow;
	struct why why;

	(void)state;
	assert_true(fetch_allow_parse(" 127.0.0.1:8080, [::1]:80,10.1.2.3:443 ", &allow, &why));
	assert_int_equal(allow.count, 3);
	assert_true(lets(&allow, "127.0.0.1", 8080));
	assert_true(lets(&allow, "::1", 80));
	assert_true(lets(&allow, "10.1.2.3", 443));
	assert_false(lets(&allow, "127.0.0.1", 80));
	assert_false(lets(&allow, "127.0.0.2", 8080));
	assert_false(lets(&allow, "::1", 8080));
	assert_false(lets(&allow, "::2", 80));
	assert_false(lets(&allow, "::ffff:127.0.0.1", 8080));
	assert_true(fetch_allow_has_port(&allow, 8080));
	assert_false(fetch_allow_has_port(&allow, 81));
	assert_true(fetch_allow_parse("", &allow, &why));
	assert_int_equal(allow.count, 0);
	assert_false(lets(&allow, "0.0.0.0", 0));
}

static void anything_else_is_refused(void **state)
{
	static const char *const wrong[] = { "127.0.0.1",
					     "127.0.0.1:",
					     "127.0.0.1:0",
					     "127.0.0.1:65536",
					     "127.0.0.1:8x",
					     "localhost:80",
					     "::1:80",
					     "[::1]",
					     "[::1:80",
					     "10.0.0.0/8:80",
					     "*:80",
					     ":80",
					     "127.0.0.1:80;1.2.3.4:80",
					     "[127.0.0.1]:80" };
	struct fetch_allow allow;
	struct why why;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		if (fetch_allow_parse(wrong[i], &allow, &why))
			fail_msg("\"%s\" is taken", wrong[i]);
	assert_false(
		fetch_allow_parse("1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,"
				  "1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,"
				  "1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1,1.1.1.1:1",
				  &allow, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_counts_with_its_port_only),
		cmocka_unit_test(anything_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
