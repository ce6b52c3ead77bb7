/* test_sizing.c - how a pool grows, shrinks, and slows down the respawn of children that die at
 * once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "workers/parent/sizing.h"

static struct sizing make(void)
{
	struct sizing sizing;

	sizing_init(&sizing, 2, 8, 0);
	return sizing;
}

static void it_keeps_the_minimum(void **state)
{
	struct sizing sizing = make();
	const struct sizing_view none = { 0 }, one = { .idle = 1 },
				 enough = { .idle = 1, .busy = 1 };

	(void)state;
	assert_int_equal(sizing_grow(&sizing, &none, 0), 2);
	assert_int_equal(sizing_grow(&sizing, &one, 0), 1);
	assert_int_equal(sizing_grow(&sizing, &enough, 0), 0);
}

static void it_grows_by_half_when_work_waits_for_children(void **state)
{
	struct sizing sizing = make();
	struct sizing_view view = { .busy = 4, .waiting = 20, .handle_us = 5000 };

	(void)state;
	assert_int_equal(sizing_grow(&sizing, &view, 100), 0);
	assert_int_equal(sizing_grow(&sizing, &view, 109), 0);
	assert_int_equal(sizing_grow(&sizing, &view, 110), 3);
	/* The next step waits for the children of the last. */
	view.starting = 3;
	assert_int_equal(sizing_grow(&sizing, &view, 120), 0);
	view = (struct sizing_view) { .busy = 7, .waiting = 20, .handle_us = 5000 };
	assert_int_equal(sizing_grow(&sizing, &view, 122), 1);
	view.busy = 8;
	assert_int_equal(sizing_grow(&sizing, &view, 124), 0);
}

static void a_moment_of_shortage_does_not_count(void **state)
{
	struct sizing sizing = make();
	struct sizing_view view = { .busy = 4, .waiting = 20, .handle_us = 5000 };

	(void)state;
	assert_int_equal(sizing_grow(&sizing, &view, 100), 0);
	view.idle = 1;
	assert_int_equal(sizing_grow(&sizing, &view, 105), 0);
	view.idle = 0;
	assert_int_equal(sizing_grow(&sizing, &view, 112), 0);
	assert_int_equal(sizing_grow(&sizing, &view, 122), 3);
}

static void it_does_not_grow_when_only_cpu_is_short(void **state)
{
	struct sizing sizing = make();
	struct sizing_view view = { .busy = 2, .progressing = 2, .waiting = 50, .handle_us = 10 };

	(void)state;
	assert_int_equal(sizing_grow(&sizing, &view, 100), 0);
	assert_int_equal(sizing_grow(&sizing, &view, 200), 0);
	/* All of them are stuck: then it does. */
	view.progressing = 0;
	assert_int_equal(sizing_grow(&sizing, &view, 300), 0);
	assert_int_equal(sizing_grow(&sizing, &view, 310), 2);
}

static void it_shrinks_slowly_and_never_below_the_minimum(void **state)
{
	struct sizing sizing = make();
	struct sizing_view view = { .idle = 6, .busy = 2 };

	(void)state;
	assert_int_equal(sizing_shrink(&sizing, &view, 1000), 0);
	view.idle = 4;
	assert_int_equal(sizing_shrink(&sizing, &view, 14000), 0);
	view.idle = 6;
	/* Four were idle all the time: half of them are stopped. */
	assert_int_equal(sizing_shrink(&sizing, &view, 15000), 2);
	assert_int_equal(sizing_shrink(&sizing, &view, 16000), 0);
	view = (struct sizing_view) { .idle = 2 };
	assert_int_equal(sizing_shrink(&sizing, &view, 30000), 0);
}

/* A busy quarter of a minute does not count for the next one. */
static void each_window_counts_for_itself(void **state)
{
	struct sizing sizing = make();
	struct sizing_view busy = { .busy = 8 }, idle = { .idle = 8 };

	(void)state;
	assert_int_equal(sizing_shrink(&sizing, &busy, 15000), 0);
	assert_int_equal(sizing_shrink(&sizing, &idle, 29999), 0);
	assert_int_equal(sizing_shrink(&sizing, &idle, 30000), 4);
	idle.idle = 4;
	assert_int_equal(sizing_shrink(&sizing, &idle, 45000), 2);
	idle.idle = 3;
	assert_int_equal(sizing_shrink(&sizing, &idle, 60000), 1);
	idle.idle = 2;
	assert_int_equal(sizing_shrink(&sizing, &idle, 75000), 0);
}

static void infant_deaths_hold_new_children_back_until_one_succeeds(void **state)
{
	const struct sizing_view none = { 0 };
	struct sizing sizing = make();
	int said = 0;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_false(sizing_crash_loop(&sizing, 10));
	for (int i = 0; i < 2; i++)
		said += sizing_crash_loop(&sizing, 2010);
	assert_int_equal(said, 1);
	assert_int_equal(sizing_grow(&sizing, &none, 2200), 0);
	assert_int_equal(sizing_grow(&sizing, &none, 2210), 2);
	for (int i = 0; i < 50; i++)
		assert_false(sizing_crash_loop(&sizing, 2300));
	assert_int_equal(sizing_grow(&sizing, &none, 32299), 0);
	assert_int_equal(sizing_grow(&sizing, &none, 32300), 2);
	sizing_crash_loop(&sizing, 32300);
	sizing_success(&sizing);
	assert_int_equal(sizing_grow(&sizing, &none, 32301), 2);
}

/* 10,000 in a minute, on different updates, while one in a hundred is another fault. */
static void a_storm_of_crashes_holds_nobody_up(void **state)
{
	const struct sizing_view none = { 0 };
	struct sizing sizing = make();

	(void)state;
	for (uint64_t i = 0; i < 10000; i++) {
		if (i % 100 == 99)
			sizing_success(&sizing);
		assert_false(sizing_crash_loop(&sizing, 6 * i));
		assert_int_equal(sizing_grow(&sizing, &none, 6 * i), 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_keeps_the_minimum),
		cmocka_unit_test(it_grows_by_half_when_work_waits_for_children),
		cmocka_unit_test(a_moment_of_shortage_does_not_count),
		cmocka_unit_test(it_does_not_grow_when_only_cpu_is_short),
		cmocka_unit_test(it_shrinks_slowly_and_never_below_the_minimum),
		cmocka_unit_test(each_window_counts_for_itself),
		cmocka_unit_test(infant_deaths_hold_new_children_back_until_one_succeeds),
		cmocka_unit_test(a_storm_of_crashes_holds_nobody_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
