/* test_children.c - which child is given what and how much at once, and what is taken back from a
 * slow one. */
#include "tests/unit/children_world.h"

#include <sys/mman.h>

#include "tests/unit/turned_loop.h"

/* Enough handlers of that length for the typical time to be about that. */
static void make_typical(struct process *process, uint32_t duration_us)
{
	for (uint64_t seq = 100000; seq < 100400; seq++) {
		add(seq, seq);
		turn();
		handle(process, duration_us);
	}
	assert_in_range(children.handle_us, duration_us * 9 / 10, duration_us);
	memset(&told, 0, sizeof(told));
}

static void hear_items(struct process *process, uint64_t first, uint64_t last)
{
	for (uint64_t seq = first; seq <= last; seq++)
		assert_int_equal(hear_item(process).seq, seq);
}

/* The same items in any order, for they are of several lanes. */
static void hear_all_items(struct process *process, uint64_t first, uint64_t last)
{
	uint64_t heard = 0, expected = 0;

	for (uint64_t seq = first; seq <= last; seq++) {
		heard |= 1u << hear_item(process).seq;
		expected |= 1u << seq;
	}
	assert_int_equal(heard, expected);
}

/* --- who is given what ------------------------------------------------------------------------ */

static void whoever_idled_last_is_given_work_first(void **state)
{
	struct process *first = idle_child(), *second = idle_child();

	(void)state;
	add_lanes(1, 1);
	turn();
	assert_int_equal(hear_item(second).seq, 1);
	hear_nothing(first);
	assert_int_equal(record_of(second)->state, CHILD_BUSY);
	assert_int_equal(record_of(first)->state, CHILD_IDLE);
}

static void a_child_gets_half_a_millisecond_of_work_at_once(void **state)
{
	struct process *child = idle_child();

	(void)state;
	make_typical(child, 120);
	add_lanes(1, 9);
	turn();
	hear_items(child, 1, 4);
	hear_nothing(child);
	assert_int_equal(record_of(child)->in_flight_count, 4);
}

static void a_batch_has_an_end_however_fast_handlers_are(void **state)
{
	struct process *child = idle_child();

	(void)state;
	add_lanes(1, CHILD_BATCH_MAX + 5);
	turn();
	hear_items(child, 1, CHILD_BATCH_MAX);
	hear_nothing(child);
}

static void of_slow_handlers_each_child_has_one(void **state)
{
	struct process *child = idle_child();

	(void)state;
	make_typical(child, 700);
	add_lanes(1, 2);
	turn();
	hear_items(child, 1, 1);
	hear_nothing(child);
}

/* Else a few slow ones would make a batch of one for a long time. */
static void one_very_slow_handler_does_not_end_batches(void **state)
{
	struct process *child = idle_child();

	(void)state;
	make_typical(child, 20);
	add_lanes(1, 1);
	turn();
	handle(child, 60000000);
	add_lanes(2, 8);
	turn();
	hear_items(child, 2, 6);
}

static void a_lane_is_at_one_child_at_a_time(void **state)
{
	struct process *first = idle_child(), *second = idle_child();

	(void)state;
	make_typical(second, 700);
	add(1, 7);
	add(2, 7);
	turn();
	assert_int_equal(items.waiting, 1);
	hear_nothing(first);
	handle(second, 0);
	hear_items(second, 2, 2);
}

static void who_has_least_is_given_more_when_none_idles(void **state)
{
	struct process *first = idle_child(), *second = idle_child();

	(void)state;
	make_typical(second, 120);
	add_lanes(1, 6);
	turn();
	hear_items(first, 5, 6);
	handle(second, 120); /* three are left */
	hear_items(second, 2, 4);
	add_lanes(7, 7);
	turn();
	hear_items(first, 7, 7);
	hear_nothing(second);
}

static void who_is_stuck_is_given_no_more(void **state)
{
	struct process *child = idle_child();

	(void)state;
	add_lanes(1, 1);
	turn();
	begin_item(child);
	pass(1);
	add_lanes(2, 2);
	turn();
	assert_int_equal(hear_item(child).seq, 2);
	pass(1);
	add_lanes(3, 3);
	turn();
	hear_nothing(child);
	assert_int_equal(items.waiting, 1);
}

static void an_item_says_how_long_it_waited(void **state)
{
	struct process *child;

	(void)state;
	add_lanes(1, 1);
	pass(30);
	child = idle_child();
	turn();
	assert_int_equal(hear_item(child).age_ms, 30);
}

/* --- what is taken back ----------------------------------------------------------------------- */

/* Of two children one has lanes 1 to 4 and is at the first, and the other is about to idle. */
static struct process *slow_child(struct process **other)
{
	struct process *child = idle_child();

	add_lanes(1, 4);
	turn();
	begin_item(child);
	*other = idle_child();
	return child;
}

static void what_a_slow_child_has_not_begun_goes_to_one_that_idles(void **state)
{
	struct process *other, *child = slow_child(&other);

	(void)state;
	pass(1);
	assert_true(children_rebalance(&children));
	turn();
	hear_nothing(other);
	pass(1);
	assert_true(children_rebalance(&children));
	turn();
	hear_all_items(other, 2, 4);
	/* Never handled twice: what comes to the slow one now is not its own. */
	for (uint32_t ordinal = 2; ordinal <= 4; ordinal++)
		assert_false(claim_begin(child->scoreboard, ordinal));
	assert_int_equal(record_of(child)->in_flight_count, 1);
}

/* It may begin it at any moment; else it would be given it again and again. */
static void the_first_of_its_hand_stays_though_it_is_not_begun(void **state)
{
	struct process *child = idle_child(), *other;

	(void)state;
	add_lanes(1, 4);
	turn();
	hear_items(child, 1, 4);
	other = idle_child();
	pass(2);
	assert_true(children_rebalance(&children));
	turn();
	hear_all_items(other, 2, 4);
	hear_nothing(other);
	assert_true(claim_begin(child->scoreboard, 1));
}

static void say_with_file(struct process *process, enum wire_type type, const void *head,
			  size_t size)
{
	struct buffer out = { 0 };
	struct descriptors go = { 0 };

	descriptors_add(&go, &out, memfd_create("file", MFD_CLOEXEC));
	frame_append(&out, type, head, size, NULL, 0);
	assert_int_equal(frame_flush(process->socket, &out, &go), FRAME_IO_OK);
	descriptors_finish(&go);
	buffer_finish(&out);
	turn();
}

/* The test's own takes none. */
static void a_file_that_nobody_takes_is_closed(void **state)
{
	const struct wire_call call = { .files = 1 };
	struct process *child = idle_child();
	struct wire_item item;

	(void)state;
	add(1, 1);
	turn();
	item = begin_item(child);
	say_with_file(child, WIRE_CALL, &call, sizeof(call));
	assert_int_equal(told.calls, 1);
	assert_int_equal(record_of(child)->channel.came.count, 0);
	child_answer(record_of(child), WIRE_RESULT, "", 0);
	finish(child, &item, 1);
	turn();
	assert_int_equal(told.verdicts, 1);
}

static void a_child_lives_by_the_number_of_its_files(void **state)
{
	const struct wire_call two = { .files = 2 };
	const struct wire_ready none = { 0 };
	struct process *child = idle_child();

	(void)state;
	add(1, 1);
	turn();
	begin_item(child);
	say_with_file(child, WIRE_CALL, &two, sizeof(two));
	assert_true(record_of(child)->protocol_error);
	child = idle_child();
	add(2, 2);
	turn();
	begin_item(child);
	say_with_file(child, WIRE_RELEASE, &none, 0);
	assert_true(record_of(child)->protocol_error);
	assert_int_equal(told.calls, 0);
}

static void nothing_is_taken_back_for_nobody(void **state)
{
	struct process *child = idle_child();

	(void)state;
	add_lanes(1, 4);
	turn();
	begin_item(child);
	pass(50);
	assert_true(children_rebalance(&children));
	assert_int_equal(record_of(child)->in_flight_count, 4);
	assert_int_equal(items.waiting, 0);
}

static void what_was_begun_meanwhile_stays(void **state)
{
	struct process *other, *child = slow_child(&other);

	(void)state;
	/* Its verdict about the first is on its way, and it is at the second. */
	hear_item(child);
	assert_true(claim_begin(child->scoreboard, 2));
	pass(2);
	assert_true(children_rebalance(&children));
	turn();
	hear_all_items(other, 3, 4);
	assert_int_equal(record_of(child)->in_flight_count, 2);
}

static void a_lane_that_is_taken_back_keeps_its_order(void **state)
{
	struct process *child = idle_child(), *other;

	(void)state;
	add(1, 1);
	add(2, 7);
	add(3, 7);
	add(4, 7);
	turn();
	begin_item(child);
	other = idle_child();
	pass(2);
	assert_true(children_rebalance(&children));
	turn();
	hear_items(other, 2, 4);
}

static void who_releases_its_lane_gives_back_the_rest_at_once(void **state)
{
	struct process *other, *child = slow_child(&other);

	(void)state;
	say(child, WIRE_RELEASE, NULL, 0);
	turn();
	assert_int_equal(told.releases, 1);
	hear_all_items(other, 2, 4);
	/* It is at long work, so it gets nothing more. */
	add(5, 1);
	turn();
	hear_items(other, 5, 5);
	assert_int_equal(record_of(child)->in_flight_count, 1);
}

static void who_is_blocked_and_who_makes_progress_is_counted(void **state)
{
	const struct wire_call call = { 0 };
	struct process *other, *child = slow_child(&other);

	(void)state;
	assert_int_equal(children_progressing(&children), 1);
	assert_int_equal(children_blocked(&children), 0);
	pass(2);
	assert_int_equal(children_blocked(&children), 3);
	pass(4);
	assert_int_equal(children_progressing(&children), 0);
	finish(child, &(struct wire_item) { .seq = 1, .ordinal = 1 }, 0);
	turn();
	assert_int_equal(children_progressing(&children), 1);
	assert_int_equal(children_blocked(&children), 0);
	/* Who waits for Telegram does not get on. */
	say(child, WIRE_CALL, &call, sizeof(call));
	turn();
	assert_int_equal(children_progressing(&children), 0);
	assert_int_equal(children_blocked(&children), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whoever_idled_last_is_given_work_first),
		TEST(a_child_gets_half_a_millisecond_of_work_at_once),
		TEST(a_batch_has_an_end_however_fast_handlers_are),
		TEST(of_slow_handlers_each_child_has_one),
		TEST(one_very_slow_handler_does_not_end_batches),
		TEST(a_lane_is_at_one_child_at_a_time),
		TEST(who_has_least_is_given_more_when_none_idles),
		TEST(who_is_stuck_is_given_no_more),
		TEST(an_item_says_how_long_it_waited),
		TEST(what_a_slow_child_has_not_begun_goes_to_one_that_idles),
		TEST(the_first_of_its_hand_stays_though_it_is_not_begun),
		TEST(nothing_is_taken_back_for_nobody),
		TEST(a_file_that_nobody_takes_is_closed),
		TEST(a_child_lives_by_the_number_of_its_files),
		TEST(what_was_begun_meanwhile_stays),
		TEST(a_lane_that_is_taken_back_keeps_its_order),
		TEST(who_releases_its_lane_gives_back_the_rest_at_once),
		TEST(who_is_blocked_and_who_makes_progress_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
