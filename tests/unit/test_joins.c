/* test_joins.c - lanes joined as a group became a supergroup: for 24 hours, across restarts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/buffer.h"
#include "ingress/dispatch/joins.h"
#include "ingress/update/lane_key.h"

#define DAY_S (24 * 3600)

static void a_join_lasts_a_day(void **state)
{
	struct dispatch *dispatch = dispatch_create();
	struct joins joins = { 0 };

	(void)state;
	assert_true(joins_add(&joins, dispatch, -1, -2, 1000));
	assert_false(joins_expire(&joins, dispatch, 1000 + DAY_S - 1));
	assert_true(dispatch_is_joined(dispatch, lane_of_chat(-1)));
	assert_true(joins_expire(&joins, dispatch, 1000 + DAY_S));
	assert_false(dispatch_is_joined(dispatch, lane_of_chat(-1)));
	joins_finish(&joins);
	dispatch_destroy(dispatch);
}

static void what_is_said_again_begins_the_day_anew(void **state)
{
	struct dispatch *dispatch = dispatch_create();
	struct joins joins = { 0 };

	(void)state;
	assert_true(joins_add(&joins, dispatch, -1, -2, 1000));
	assert_false(joins_add(&joins, dispatch, -1, -2, 5000));
	assert_int_equal(joins.count, 1);
	assert_false(joins_expire(&joins, dispatch, 1000 + DAY_S));
	assert_true(dispatch_is_joined(dispatch, lane_of_chat(-1)));
	joins_finish(&joins);
	dispatch_destroy(dispatch);
}

static void a_restart_knows_what_is_not_over(void **state)
{
	struct dispatch *before = dispatch_create(), *after = dispatch_create();
	struct joins written = { 0 }, read = { 0 };
	struct buffer value = { 0 };

	(void)state;
	joins_add(&written, before, -1, -2, 1000);
	joins_add(&written, before, -3, -4, 9000);
	joins_encode(&written, &value);
	joins_decode(&read, after, buffer_unread(&value), buffer_unread_size(&value), 5000 + DAY_S);
	assert_int_equal(read.count, 1);
	assert_false(dispatch_is_joined(after, lane_of_chat(-1)));
	assert_true(dispatch_is_joined(after, lane_of_chat(-3)));
	/* Truncated: the intact part counts. */
	joins_finish(&read);
	joins_decode(&read, after, buffer_unread(&value), buffer_unread_size(&value) - 1, 2000);
	assert_int_equal(read.count, 1);
	assert_int_equal(read.list[0].from, lane_of_chat(-1));
	buffer_finish(&value);
	joins_finish(&written);
	joins_finish(&read);
	dispatch_destroy(before);
	dispatch_destroy(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_join_lasts_a_day),
		cmocka_unit_test(what_is_said_again_begins_the_day_anew),
		cmocka_unit_test(a_restart_knows_what_is_not_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
