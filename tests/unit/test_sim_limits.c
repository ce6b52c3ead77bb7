/* test_sim_limits.c - flood limits and the clock that they go by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "simulator/limits.h"

#define SOME_MS INT64_C(1700000000000)

static struct person somebody;
static struct chat private_chat = { .id = 1, .type = CHAT_PRIVATE, .person = &somebody };
static struct chat group = { .id = -1, .type = CHAT_SUPERGROUP };
static struct chat channel = { .id = -2, .type = CHAT_CHANNEL };

/* `now_ms` is from some moment on. */
static int pass(struct limits *limits, const struct chat *chat, int64_t messages, int64_t now_ms)
{
	int wait_s = limits_wait_s(limits, chat, false, SOME_MS + now_ms);

	if (wait_s == 0)
		limits_count(limits, chat, messages);
	return wait_s;
}

static void an_album_may_pass_a_limit_and_counts_as_its_messages(void **state)
{
	struct limits limits = { .options = { .per_group = 20 } };

	(void)state;
	assert_int_equal(pass(&limits, &group, 15, 1000), 0);
	assert_int_equal(pass(&limits, &group, 10, 2000), 0);
	assert_int_equal(pass(&limits, &group, 1, 3000), 58);
	assert_int_equal(pass(&limits, &group, 1, 60999), 1);
	assert_int_equal(pass(&limits, &group, 1, 61000), 0);
	assert_int_equal(limits.refused, 2);
	limits_finish(&limits);
}

static void minutes_are_for_groups_only(void **state)
{
	struct limits limits = { .options = { .per_group = 1 } };

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pass(&limits, &private_chat, 1, 1000), 0);
		assert_int_equal(pass(&limits, &channel, 1, 1000), 0);
	}
	limits_finish(&limits);
}

static void the_longest_wait_is_told(void **state)
{
	struct limits limits = { .options = limit_options_strict(),
				 .silent_until_ms = SOME_MS + 9001 };

	(void)state;
	assert_int_equal(pass(&limits, &group, 1, 1000), 9);
	assert_int_equal(pass(&limits, &group, 20, 10000), 0);
	assert_int_equal(pass(&limits, &group, 1, 10000), 60);
	limits_finish(&limits);
	assert_int_equal(limits.options.per_group, 20);
}

static void a_clock_that_goes_back_does_not_lock_out(void **state)
{
	struct limits limits = { .options = { .per_chat = 1 } };

	(void)state;
	assert_int_equal(pass(&limits, &private_chat, 1, 1000000), 0);
	assert_int_equal(pass(&limits, &private_chat, 1, 1000), 0);
	limits_finish(&limits);
}

static void spans_have_units(void **state)
{
	static const char *const bad[] = { "", "h", " 1h", "+1h", "-1h", "1w", "1hh", "3661d" };
	int64_t ms = 0;

	(void)state;
	assert_true(sim_clock_parse("90", &ms));
	assert_int_equal(ms, 90000);
	assert_true(sim_clock_parse("2h", &ms));
	assert_int_equal(ms, 7200000);
	assert_true(sim_clock_parse("3660d", &ms));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(sim_clock_parse(bad[i], &ms));
}

static void a_clock_stands_or_goes_on(void **state)
{
	struct sim_clock clock = { 0 };

	(void)state;
	sim_clock_set(&clock, 5000, true);
	sim_clock_advance(&clock, 1500);
	assert_int_equal(sim_clock_ms(&clock), 6500);
	assert_int_equal(sim_clock_s(&clock), 6);
	sim_clock_set(&clock, sim_clock_ms(&clock), false);
	sim_clock_advance(&clock, 1000);
	assert_true(sim_clock_ms(&clock) >= 7500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_album_may_pass_a_limit_and_counts_as_its_messages),
		cmocka_unit_test(minutes_are_for_groups_only),
		cmocka_unit_test(the_longest_wait_is_told),
		cmocka_unit_test(a_clock_that_goes_back_does_not_lock_out),
		cmocka_unit_test(spans_have_units),
		cmocka_unit_test(a_clock_stands_or_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
