/* test_proxy.c - the proxy of the environment, by scheme and host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "common/xalloc.h"
#include "workers/fetcher/proxy.h"

static const char *const names[] = { "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
				     "all_proxy",  "ALL_PROXY",  "no_proxy",    "NO_PROXY" };

static int forget(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		unsetenv(names[i]);
	return 0;
}

static void the_first_that_is_set_counts(void **state)
{
	(void)state;
	assert_string_equal(proxy_for("a.org", true), "");
	setenv("ALL_PROXY", "http://all", 1);
	assert_string_equal(proxy_for("a.org", true), "http://all");
	assert_string_equal(proxy_for("a.org", false), "http://all");
	setenv("HTTPS_PROXY", "http://upper", 1);
	setenv("HTTP_PROXY", "http://cgi", 1);
	assert_string_equal(proxy_for("a.org", true), "http://upper");
	assert_string_equal(proxy_for("a.org", false), "http://all");
	setenv("https_proxy", "http://lower", 1);
	setenv("http_proxy", "http://plain", 1);
	assert_string_equal(proxy_for("a.org", true), "http://lower");
	assert_string_equal(proxy_for("a.org", false), "http://plain");
	setenv("https_proxy", "", 1);
	assert_string_equal(proxy_for("a.org", true), "http://upper");
}

static void exceptions_are_names_and_what_is_below_them(void **state)
{
	(void)state;
	setenv("https_proxy", "http://p", 1);
	setenv("no_proxy", "a.org, .b.org,,c.org", 1);
	assert_string_equal(proxy_for("a.org", true), "");
	assert_string_equal(proxy_for("x.a.org", true), "");
	assert_string_equal(proxy_for("xa.org", true), "http://p");
	assert_string_equal(proxy_for("b.org", true), "");
	assert_string_equal(proxy_for("y.b.org", true), "");
	assert_string_equal(proxy_for("c.org", true), "");
	assert_string_equal(proxy_for("org", true), "http://p");
	setenv("no_proxy", "*", 1);
	assert_string_equal(proxy_for("z.org", true), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_first_that_is_set_counts, forget, forget),
		cmocka_unit_test_setup_teardown(exceptions_are_names_and_what_is_below_them, forget,
						forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
