/* test_sim_update_log.c - the last updates and their times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "simulator/update_log.h"

static void add(struct update_log *log, int32_t id)
{
	update_log_add(log, id, 7, "\"message\":{}", 12);
}

static void an_update_gets_its_times_once(void **state)
{
	struct update_log log = { 0 };
	const struct logged_update *update;
	int64_t delivered_us;

	(void)state;
	add(&log, 100);
	add(&log, 101);
	update = update_log_find(&log, 100);
	assert_non_null(update);
	assert_true(update->made_us > 0);
	assert_int_equal(update->delivered_us, 0);
	update_log_delivered(&log, 100);
	delivered_us = update->delivered_us;
	assert_true(delivered_us >= update->made_us);
	update_log_delivered(&log, 100);
	assert_int_equal(update->delivered_us, delivered_us);
	update_log_confirmed_before(&log, 101);
	assert_true(update->confirmed_us >= delivered_us);
	assert_int_equal(update_log_find(&log, 101)->confirmed_us, 0);
	update_log_confirmed(&log, 101);
	assert_true(update_log_find(&log, 101)->confirmed_us > 0);
	assert_null(update_log_find(&log, 99));
	assert_null(update_log_find(&log, 102));
	update_log_finish(&log);
}

static void what_was_never_handed_out_is_not_confirmed(void **state)
{
	struct update_log log = { 0 };

	(void)state;
	add(&log, 5);
	update_log_confirmed_before(&log, 6);
	assert_int_equal(update_log_find(&log, 5)->confirmed_us, 0);
	update_log_finish(&log);
}

static void a_sequence_may_begin_anew_lower(void **state)
{
	struct update_log log = { 0 };

	(void)state;
	add(&log, 1000);
	add(&log, 10);
	update_log_delivered(&log, 1000);
	update_log_delivered(&log, 10);
	assert_true(update_log_find(&log, 10)->delivered_us > 0);
	update_log_confirmed_before(&log, 11);
	assert_true(update_log_find(&log, 10)->confirmed_us > 0);
	update_log_finish(&log);
}

static void the_oldest_go_first(void **state)
{
	struct update_log log = { 0 };

	(void)state;
	for (int32_t id = 1; id <= UPDATE_LOG_MAX + 10; id++)
		add(&log, id);
	assert_null(update_log_find(&log, 10));
	assert_non_null(update_log_find(&log, 11));
	assert_null(update_log_at(&log, 9));
	assert_int_equal(update_log_at(&log, 10)->id, 11);
	assert_null(update_log_at(&log, log.next));
	update_log_finish(&log);
}

static void few_large_ones_are_kept(void **state)
{
	static char large[1 << 20];
	struct update_log log = { 0 };

	(void)state;
	for (int32_t id = 1; id <= 20; id++)
		update_log_add(&log, id, 0, large, sizeof(large));
	assert_true(log.bytes <= UPDATE_LOG_BYTES_MAX);
	assert_int_equal(log.next - log.first, 8);
	update_log_finish(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_update_gets_its_times_once),
		cmocka_unit_test(what_was_never_handed_out_is_not_confirmed),
		cmocka_unit_test(a_sequence_may_begin_anew_lower),
		cmocka_unit_test(the_oldest_go_first),
		cmocka_unit_test(few_large_ones_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
