/* test_poll_failures.c - which failures of a poll are a reason to doubt the connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ingress/intake/poll_failures.h"

/* What was answered in full was answered by somebody: another connection would change nothing. */
static void only_what_was_not_answered_in_full_is_the_connections(void **state)
{
	static const enum poll_error errors[] = { POLL_ERROR_TIMEOUT, POLL_ERROR_CONNECTION,
						  POLL_ERROR_INCOMPLETE, POLL_ERROR_TLS,
						  POLL_ERROR_TOO_LARGE };

	(void)state;
	for (int error = 0; error < POLL_ERROR_COUNT; error++) {
		bool expected = false;

		for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
			expected |= errors[i] == (enum poll_error)error;
		assert_int_equal(poll_failures_suspect_connection((enum poll_error)error),
				 expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_was_not_answered_in_full_is_the_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
