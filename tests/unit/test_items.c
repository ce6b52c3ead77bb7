/* test_items.c - lanes: order, one holder at a time, putting back, returning to ingress. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "workers/parent/items.h"

static struct item *add(struct items *items, uint64_t seq, uint64_t lane)
{
	const struct message_item from = {
		.seq = seq, .kind = KIND_MESSAGE, .lane = lane, .body = { "body", 4 }
	};

	return items_add(items, &from, 1000);
}

static size_t take(struct items *items, struct item **out)
{
	return items_take(items, out, 16);
}

static void a_lane_is_taken_in_order_by_one(void **state)
{
	struct items items;
	struct item *taken[16];

	(void)state;
	items_init(&items);
	add(&items, 1, 7);
	add(&items, 2, 7);
	assert_int_equal(items.ready_lanes, 1);
	assert_int_equal(items_take(&items, taken, 1), 1);
	assert_int_equal(taken[0]->seq, 1);
	/* The second waits until the first is handled. */
	assert_int_equal(items.ready_lanes, 0);
	add(&items, 3, 7);
	assert_int_equal(take(&items, taken + 1), 0);
	items_handled(&items, taken[0]);
	assert_int_equal(items.sending, 1);
	assert_int_equal(take(&items, taken + 1), 2);
	assert_int_equal(taken[1]->seq, 2);
	assert_int_equal(taken[2]->seq, 3);
	items_remove(&items, taken[0]);
	items_remove(&items, taken[2]);
	items_remove(&items, taken[1]);
	assert_int_equal(items.waiting + items.assigned + items.sending, 0);
	assert_int_equal(items.lanes.table.count, 0);
	items_finish(&items);
}

static void lanes_take_turns(void **state)
{
	struct items items;
	struct item *taken[16];

	(void)state;
	items_init(&items);
	add(&items, 1, 7);
	add(&items, 2, 8);
	add(&items, 3, 7);
	assert_int_equal(take(&items, taken), 2);
	assert_int_equal(taken[1]->seq, 3);
	assert_int_equal(take(&items, taken + 2), 1);
	assert_int_equal(taken[2]->seq, 2);
	items_finish(&items);
}

static void urgent_lanes_go_first(void **state)
{
	const struct message_item press = { .seq = 9, .kind = KIND_CALLBACK_QUERY, .lane = 9 };
	struct items items;
	struct item *taken[16];

	(void)state;
	items_init(&items);
	add(&items, 1, 7);
	items_add(&items, &press, 0);
	assert_int_equal(take(&items, taken), 1);
	assert_int_equal(taken[0]->seq, 9);
	items_finish(&items);
}

static void what_is_put_back_keeps_its_order(void **state)
{
	struct items items;
	struct item *taken[16];

	(void)state;
	items_init(&items);
	for (uint64_t seq = 1; seq <= 4; seq++)
		add(&items, seq, 7);
	assert_int_equal(items_take(&items, taken, 3), 3);
	/* The first is being handled; the others come back, last first. */
	items_put_back(&items, taken[2]);
	items_put_back(&items, taken[1]);
	assert_int_equal(items.ready_lanes, 0);
	items_remove(&items, taken[0]);
	assert_int_equal(take(&items, taken), 3);
	for (uint64_t seq = 2; seq <= 4; seq++)
		assert_int_equal(taken[seq - 2]->seq, seq);
	items_finish(&items);
}

static void a_released_lane_goes_on(void **state)
{
	struct items items;
	struct item *taken[16];

	(void)state;
	items_init(&items);
	add(&items, 1, 7);
	add(&items, 2, 7);
	assert_int_equal(items_take(&items, taken, 1), 1);
	items_release(&items, taken[0]);
	assert_int_equal(items_take(&items, taken + 1, 1), 1);
	assert_int_equal(taken[1]->seq, 2);
	/* The end of the released one does not free what the second holds. */
	add(&items, 3, 7);
	items_remove(&items, taken[0]);
	assert_int_equal(items.ready_lanes, 0);
	items_remove(&items, taken[1]);
	assert_int_equal(items.ready_lanes, 1);
	items_finish(&items);
}

static void the_same_update_is_not_taken_twice(void **state)
{
	struct items items;

	(void)state;
	items_init(&items);
	assert_non_null(add(&items, 1, 7));
	assert_null(add(&items, 1, 7));
	assert_int_equal(items.waiting, 1);
	items_finish(&items);
}

static void a_closed_lane_opens_when_its_verdict_is_stored(void **state)
{
	struct items items;

	(void)state;
	items_init(&items);
	items_close_lane(&items, 7, 10);
	items_close_lane(&items, 8, 12);
	assert_true(items_lane_is_closed(&items, 7));
	items_open_lanes(&items, 11);
	assert_false(items_lane_is_closed(&items, 7));
	assert_true(items_lane_is_closed(&items, 8));
	assert_int_equal(items.lanes.table.count, 1);
	items_open_lanes(&items, 12);
	assert_int_equal(items.lanes.table.count, 0);
	items_finish(&items);
}

static void all_that_is_in_hand_is_named(void **state)
{
	struct items items;
	struct item *taken[16];
	uint64_t *seqs;
	size_t count;

	(void)state;
	items_init(&items);
	add(&items, 1, 7);
	add(&items, 2, 8);
	take(&items, taken);
	items_handled(&items, taken[0]);
	seqs = items_seqs(&items, &count);
	assert_int_equal(count, 2);
	assert_int_equal(seqs[0] + seqs[1], 3);
	free(seqs);
	assert_ptr_equal(items_any_waiting(&items), items_find(&items, 2));
	assert_ptr_equal(items_first_waiting(&items, 8), items_find(&items, 2));
	assert_null(items_first_waiting(&items, 7));
	items_finish(&items);
}

static void what_needs_no_child_takes_no_turn(void **state)
{
	struct items items;
	struct item *taken[16];

	(void)state;
	items_init(&items);
	add(&items, 1, 7);
	add(&items, 2, 7);
	items_skip_child(&items, items_find(&items, 1));
	assert_int_equal(items.sending, 1);
	assert_int_equal(items.waiting, 1);
	assert_int_equal(items.ready_lanes, 1);
	items_skip_child(&items, items_find(&items, 2));
	assert_int_equal(items.ready_lanes, 0);
	assert_int_equal(take(&items, taken), 0);
	items_remove(&items, items_find(&items, 1));
	items_remove(&items, items_find(&items, 2));
	assert_int_equal(items.sending, 0);
	assert_int_equal(items.lanes.table.count, 0);
	items_finish(&items);
}

static void each_is_counted_where_it_is(void **state)
{
	struct items items;
	struct item *taken[16];

	(void)state;
	items_init(&items);
	for (uint64_t seq = 1; seq <= 3; seq++)
		add(&items, seq, 7);
	assert_int_equal(items.waiting, 3);
	assert_int_equal(take(&items, taken), 3);
	assert_int_equal(items.assigned, 3);
	items_handled(&items, taken[0]);
	items_put_back(&items, taken[2]);
	assert_int_equal(items.sending, 1);
	assert_int_equal(items.assigned, 1);
	assert_int_equal(items.waiting, 1);
	assert_int_equal(taken[2]->state, ITEM_WAITING);
	/* One that was let go and comes back holds its lane no longer. */
	items_release(&items, taken[1]);
	items_put_back(&items, taken[1]);
	assert_false(taken[1]->released);
	assert_int_equal(take(&items, taken), 2);
	assert_int_equal(taken[0]->seq, 2);
	items_remove(&items, taken[1]);
	assert_int_equal(items.ready_lanes, 0);
	items_finish(&items);
}

static void what_waits_may_be_taken_out(void **state)
{
	struct items items;

	(void)state;
	items_init(&items);
	for (uint64_t seq = 1; seq <= 3; seq++)
		add(&items, seq, 7);
	items_remove(&items, items_find(&items, 2));
	items_remove(&items, items_find(&items, 3));
	add(&items, 4, 7);
	assert_int_equal(items_first_waiting(&items, 7)->seq, 1);
	items_remove(&items, items_find(&items, 1));
	assert_int_equal(items_first_waiting(&items, 7)->seq, 4);
	items_remove(&items, items_find(&items, 4));
	assert_null(items_any_waiting(&items));
	assert_int_equal(items.ready_lanes, 0);
	items_finish(&items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lane_is_taken_in_order_by_one),
		cmocka_unit_test(lanes_take_turns),
		cmocka_unit_test(urgent_lanes_go_first),
		cmocka_unit_test(what_is_put_back_keeps_its_order),
		cmocka_unit_test(a_released_lane_goes_on),
		cmocka_unit_test(the_same_update_is_not_taken_twice),
		cmocka_unit_test(a_closed_lane_opens_when_its_verdict_is_stored),
		cmocka_unit_test(all_that_is_in_hand_is_named),
		cmocka_unit_test(what_needs_no_child_takes_no_turn),
		cmocka_unit_test(each_is_counted_where_it_is),
		cmocka_unit_test(what_waits_may_be_taken_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
