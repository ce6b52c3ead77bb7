/* test_address.c - which addresses are of the internet: every range, and those next to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "common/xalloc.h"
#include "common/address.h"

static const char *class_of(const char *text)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return address_class((const struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return address_class((const struct sockaddr *)&v6);
}

static void each_range_is_refused_from_end_to_end(void **state)
{
	static const char *const rows[][3] = {
		{ "this network", "0.0.0.0", "0.255.255.255" },
		{ "private", "10.0.0.0", "10.255.255.255" },
		{ "shared", "100.64.0.0", "100.127.255.255" },
		{ "loopback", "127.0.0.0", "127.255.255.255" },
		{ "link-local", "169.254.0.0", "169.254.255.255" },
		{ "private", "172.16.0.0", "172.31.255.255" },
		{ "reserved", "192.0.0.0", "192.0.0.255" },
		{ "documentation", "192.0.2.0", "192.0.2.255" },
		{ "reserved", "192.31.196.0", "192.31.196.255" },
		{ "reserved", "192.52.193.0", "192.52.193.255" },
		{ "reserved", "192.88.99.0", "192.88.99.255" },
		{ "private", "192.168.0.0", "192.168.255.255" },
		{ "reserved", "192.175.48.0", "192.175.48.255" },
		{ "benchmarking", "198.18.0.0", "198.19.255.255" },
		{ "documentation", "198.51.100.0", "198.51.100.255" },
		{ "documentation", "203.0.113.0", "203.0.113.255" },
		{ "multicast", "224.0.0.0", "239.255.255.255" },
		{ "reserved", "240.0.0.0", "255.255.255.255" },
		{ "this network", "::", "::" },
		{ "loopback", "::1", "::1" },
		{ "reserved", "::7f00:1", "::ffff" }, /* IPv4-compatible */
		{ "mapped", "::ffff:0.0.0.0", "::ffff:255.255.255.255" },
		{ "translated", "::ffff:0:7f00:1", "::ffff:0:ffff:ffff" },
		{ "translated", "64:ff9b::", "64:ff9b::ffff:ffff" },
		{ "translated", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff" },
		{ "reserved", "100::", "100::ffff:ffff:ffff:ffff" },
		{ "translated", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "reserved", "2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "documentation", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "translated", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "reserved", "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff" },
		{ "documentation", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "reserved", "4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "private", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "reserved", "fe00::", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "link-local", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "reserved",
		  "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" }, /* site-local */
		{ "multicast", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (size_t end = 1; end <= 2; end++) {
			const char *class = class_of(rows[i][end]);

			if (!class || strcmp(class, rows[i][0]) != 0)
				fail_msg("%s is %s, not %s", rows[i][end],
					 class ? class : "of the internet", rows[i][0]);
		}
}

static void what_is_next_to_a_range_is_not(void **state)
{
	static const char *const rows[] = {
		"1.0.0.0",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
		"100.128.0.0",     "126.255.255.255", "128.0.0.0",       "169.253.255.255",
		"169.255.0.0",     "172.15.255.255",  "172.32.0.0",      "191.255.255.255",
		"192.0.1.0",       "192.0.3.0",       "192.31.195.255",  "192.31.197.0",
		"192.88.98.1",     "192.88.100.0",    "192.167.255.255", "192.169.0.0",
		"198.17.0.1",      "198.20.0.0",      "198.51.99.255",   "198.51.101.0",
		"203.0.112.1",     "203.0.114.0",     "223.255.255.255", "8.8.8.8",
		"149.154.167.220", "2000::1",         "2001:200::1",     "2001:db7::1",
		"2001:db9::1",     "2003::1",         "2606:4700::1111", "2620:4f:7fff::1",
		"2620:4f:8001::1", "3ffe::1",         "3fff:1000::1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (class_of(rows[i]))
			fail_msg("%s is %s", rows[i], class_of(rows[i]));
}

static void other_families_are_refused(void **state)
{
	const struct sockaddr local = { .sa_family = AF_UNIX };

	(void)state;
	assert_non_null(address_class(&local));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_range_is_refused_from_end_to_end),
		cmocka_unit_test(what_is_next_to_a_range_is_not),
		cmocka_unit_test(other_families_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
