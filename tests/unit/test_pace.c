/* test_pace.c - how many are asked at once, and who is left alone until when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "workers/fetcher/pace.h"

static void a_host_is_asked_a_few_things_at_once(void **state)
{
	struct pace pace = { 0 };

	(void)state;
	for (unsigned i = 0; i < PACE_OF_HOST; i++)
		assert_true(pace_begin(&pace, "a.org", 1));
	assert_false(pace_begin(&pace, "a.org", 1));
	assert_true(pace_begin(&pace, "b.org", 1));
	pace_end(&pace, "a.org", 2);
	assert_true(pace_begin(&pace, "a.org", 2));
	assert_int_equal(pace.active, PACE_OF_HOST + 1);
	pace_finish(&pace);
}

static void there_is_a_limit_for_all(void **state)
{
	struct pace pace = { 0 };
	char name[16];

	(void)state;
	for (unsigned i = 0; i < PACE_AT_ONCE; i++) {
		snprintf(name, sizeof(name), "%u.org", i);
		assert_true(pace_begin(&pace, name, 1));
	}
	assert_false(pace_begin(&pace, "another.org", 1));
	pace_end(&pace, "0.org", 1);
	assert_true(pace_begin(&pace, "another.org", 1));
	pace_finish(&pace);
}

static void silence_lasts_as_long_as_it_was_asked_for(void **state)
{
	struct pace pace = { 0 };

	(void)state;
	assert_int_equal(pace_quiet_ms(&pace, "a.org", 100), 0);
	pace_quiet(&pace, "a.org", 100, 5000);
	assert_int_equal(pace_quiet_ms(&pace, "a.org", 100), 5000);
	assert_int_equal(pace_quiet_ms(&pace, "b.org", 100), 0);
	pace_quiet(&pace, "a.org", 200, 1000); /* an answer that was under way */
	assert_int_equal(pace_quiet_ms(&pace, "a.org", 5000), 100);
	assert_int_equal(pace_quiet_ms(&pace, "a.org", 5100), 0);
	pace_quiet(&pace, "a.org", 6000, UINT64_C(1) << 60);
	assert_int_equal(pace_quiet_ms(&pace, "a.org", 6000), PACE_QUIET_MAX_MS);
	pace_finish(&pace);
}

/* Names of hosts may be what people write: there is no end of them. */
static void many_hosts_do_not_pile_up(void **state)
{
	struct pace pace = { 0 };
	char name[16];

	(void)state;
	for (unsigned i = 0; i < 2 * PACE_HOSTS_MAX; i++) {
		snprintf(name, sizeof(name), "%u.org", i);
		pace_quiet(&pace, name, 1, 1000);
	}
	assert_int_equal(pace.count, PACE_HOSTS_MAX);
	assert_false(pace_begin(&pace, "late.org", 2));
	assert_true(pace_begin(&pace, "late.org", 2000));
	assert_int_equal(pace.count, 1);
	pace_end(&pace, "late.org", 2000);
	assert_int_equal(pace.count, 0);
	pace_finish(&pace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_is_asked_a_few_things_at_once),
		cmocka_unit_test(there_is_a_limit_for_all),
		cmocka_unit_test(silence_lasts_as_long_as_it_was_asked_for),
		cmocka_unit_test(many_hosts_do_not_pile_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
