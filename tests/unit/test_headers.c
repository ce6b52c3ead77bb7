/* test_headers.c - which headers of modules are passed on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/xalloc.h"
#include "workers/fetcher/headers.h"

static bool is_good(const char *line)
{
	const struct fetch_request request = {
		.headers = { text_of("Accept: */*"), text_of(line) },
		.headers_count = 2,
	};

	return headers_are_good(&request);
}

static void names_with_values_are_good(void **state)
{
	(void)state;
	assert_true(is_good("Accept-Language: de, en;q=0.5"));
	assert_true(is_good("X_1: \xc3\xa4"));
	assert_true(is_good("Content-Type: text/plain"));
	assert_true(is_good("Authorization:"));
}

static void what_changes_the_request_itself_is_not(void **state)
{
	static const char *const wrong[] = { "",
					     "none",
					     ": x",
					     "A b: x",
					     " A: x",
					     "A: x\r\nHost: y",
					     "A: x\ny",
					     "A: \x7f",
					     "A\x01: x",
					     "Host: other.example",
					     "HOST: other.example",
					     "Content-Length: 5",
					     "transfer-encoding: chunked",
					     "Connection: close",
					     "Upgrade: h2c",
					     "Proxy-Authorization: x",
					     "Cookie: a=b",
					     "Expect: 100-continue",
					     "TE: trailers",
					     "Accept-Encoding: gzip" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		if (is_good(wrong[i]))
			fail_msg("\"%s\" is passed on", wrong[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_with_values_are_good),
		cmocka_unit_test(what_changes_the_request_itself_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
