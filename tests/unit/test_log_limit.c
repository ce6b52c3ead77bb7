/* test_log_limit.c - lines that others can cause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/log_limit.h"

static void a_few_pass_and_the_rest_are_counted(void **state)
{
	struct log_limit limit = { 0 };
	uint64_t left_out = 99;

	(void)state;
	for (unsigned i = 0; i < LOG_LIMIT_LINES; i++) {
		assert_true(log_limit_pass(&limit, 1000, &left_out));
		assert_int_equal(left_out, 0);
	}
	for (unsigned i = 0; i < 700; i++)
		assert_false(log_limit_pass(&limit, 1000 + i, &left_out));
	assert_false(log_limit_pass(&limit, 1000 + LOG_LIMIT_MS - 1, &left_out));
	assert_true(log_limit_pass(&limit, 1000 + LOG_LIMIT_MS, &left_out));
	assert_int_equal(left_out, 701);
	assert_true(log_limit_pass(&limit, 1000 + LOG_LIMIT_MS, &left_out));
	assert_int_equal(left_out, 0); /* said once */
}

static void what_is_rare_always_passes(void **state)
{
	struct log_limit limit = { 0 };
	uint64_t left_out;

	(void)state;
	for (uint64_t now_ms = 0; now_ms < 100 * LOG_LIMIT_MS; now_ms += LOG_LIMIT_MS / 4)
		assert_true(log_limit_pass(&limit, now_ms, &left_out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_few_pass_and_the_rest_are_counted),
		cmocka_unit_test(what_is_rare_always_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
