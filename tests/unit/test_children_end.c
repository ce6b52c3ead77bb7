/* test_children_end.c - deadlines of children, what of theirs is malformed, which of them leave,
 * and what one is blamed for that died. */
#include "tests/unit/children_world.h"
#include "tests/unit/turned_loop.h"

#include <signal.h>

/* --- deadlines -------------------------------------------------------------------------------- */

static void check_deadlines_after(uint64_t ms)
{
	pass(ms);
	children_check_deadlines(&children);
}

static void a_handler_past_its_deadline_is_aborted_and_then_killed(void **state)
{
	struct process *child = idle_child();

	(void)state;
	add_lanes(1, 1);
	turn();
	begin_item(child);
	check_deadlines_after(4999);
	assert_int_equal(child->signals, 0);
	check_deadlines_after(1);
	assert_int_equal(child->signals, 1);
	assert_int_equal(child->signo, SIGABRT);
	assert_int_equal(child->scoreboard->slot.hang, 1);
	check_deadlines_after(999);
	assert_int_equal(child->signals, 1); /* it is writing its capture */
	check_deadlines_after(1);
	assert_int_equal(child->signo, SIGKILL);
}

static void each_item_has_its_own_time(void **state)
{
	struct process *child = idle_child();

	(void)state;
	add_lanes(1, 2);
	turn();
	pass(4000);
	handle(child, 4000000);
	begin_item(child);
	check_deadlines_after(4999);
	assert_int_equal(child->signals, 0);
	check_deadlines_after(1);
	assert_int_equal(child->signo, SIGABRT);
}

static void who_idles_has_no_deadline(void **state)
{
	struct process *child = idle_child();

	(void)state;
	check_deadlines_after(3600000);
	assert_int_equal(child->signals, 0);
}

static void long_work_has_the_longer_deadline_and_only_that_item(void **state)
{
	struct process *child = idle_child();
	struct wire_item item;

	(void)state;
	add_lanes(1, 1);
	turn();
	item = begin_item(child);
	say(child, WIRE_RELEASE, NULL, 0);
	check_deadlines_after(59999);
	assert_int_equal(child->signals, 0);
	finish(child, &item, 0);
	turn();
	add_lanes(2, 2);
	turn();
	begin_item(child);
	check_deadlines_after(5000);
	assert_int_equal(child->signo, SIGABRT);
}

static void long_work_ends_at_the_longer_deadline(void **state)
{
	struct process *child = idle_child();

	(void)state;
	add_lanes(1, 1);
	turn();
	begin_item(child);
	say(child, WIRE_RELEASE, NULL, 0);
	turn();
	check_deadlines_after(60000);
	assert_int_equal(child->signo, SIGABRT);
}

static void starting_the_modules_has_a_deadline(void **state)
{
	struct process *child = start_child();

	(void)state;
	turn();
	check_deadlines_after(5000);
	assert_int_equal(child->signo, SIGABRT);
}

/* There is nobody yet who could be killed. */
static void who_is_not_forked_yet_is_let_be(void **state)
{
	struct process *child = start_child();

	(void)state;
	record_of(child)->pid = 0;
	check_deadlines_after(60000);
	assert_int_equal(child->signals, 0);
	assert_int_equal(child->scoreboard->slot.hang, 0);
}

static void ask(struct process *child)
{
	const struct wire_call head = { .size = 4 };

	say_two(child, WIRE_CALL, &head, sizeof(head), "call", 4);
	turn();
}

static void the_wait_for_telegram_is_not_the_handlers_time(void **state)
{
	struct process *child = idle_child();

	(void)state;
	add_lanes(1, 1);
	turn();
	begin_item(child);
	pass(3000);
	ask(child);
	assert_int_equal(told.calls, 1);
	assert_string_equal(told.call, "call");
	check_deadlines_after(60000);
	assert_int_equal(child->signals, 0);
	child_answer(record_of(child), WIRE_RESULT, "result", 6);
	turn();
	assert_int_equal(hear(child, WIRE_RESULT).size, 6);
	check_deadlines_after(1999);
	assert_int_equal(child->signals, 0);
	check_deadlines_after(1);
	assert_int_equal(child->signo, SIGABRT);
}

static void fetch(struct process *child, const char *request, size_t size)
{
	const struct wire_fetch head = { .posted = 1 };
	struct buffer out = { 0 };

	frame_append(&out, WIRE_FETCH, &head, sizeof(head), request, size);
	while (frame_flush(child->socket, &out, NULL) == FRAME_IO_AGAIN)
		turn();
	buffer_finish(&out);
	turn();
}

static void the_wait_for_a_host_is_not_the_handlers_time(void **state)
{
	struct process *child = idle_child();

	(void)state;
	add_lanes(1, 1);
	turn();
	begin_item(child);
	fetch(child, "request", 7);
	assert_int_equal(told.fetches, 1);
	assert_true(told.posted);
	assert_string_equal(told.call, "request");
	check_deadlines_after(60000);
	assert_int_equal(child->signals, 0);
	/* What was asked of the sender before is no answer to this. */
	child_answer(record_of(child), WIRE_RESULT, "result", 6);
	turn();
	hear_nothing(child);
	child_answer(record_of(child), WIRE_FETCHED, "answer", 6);
	turn();
	assert_int_equal(hear(child, WIRE_FETCHED).size, 6);
	check_deadlines_after(4999);
	assert_int_equal(child->signals, 0);
	check_deadlines_after(1);
	assert_int_equal(child->signo, SIGABRT);
}

/* The child did not wait after all. */
static void a_verdict_ends_the_wait_for_telegram(void **state)
{
	struct process *child = idle_child();
	struct wire_item item;

	(void)state;
	add_lanes(1, 1);
	turn();
	item = begin_item(child);
	ask(child);
	finish(child, &item, 0);
	turn();
	add_lanes(2, 2);
	turn();
	begin_item(child);
	check_deadlines_after(5000);
	assert_int_equal(child->signo, SIGABRT);
}

/* It dies in a moment: what it was given now would only be put back. */
static void who_is_aborted_gets_nothing_more_even_if_it_finishes(void **state)
{
	struct process *child = idle_child();
	struct wire_item item;

	(void)state;
	add_lanes(1, 1);
	turn();
	item = begin_item(child);
	check_deadlines_after(5000);
	assert_true(child->signals);
	finish(child, &item, 0);
	turn();
	assert_int_equal(told.verdicts, 1);
	add_lanes(2, 2);
	turn();
	hear_nothing(child);
}

static void an_answer_that_nobody_waits_for_is_not_given(void **state)
{
	struct process *child = idle_child();

	(void)state;
	add_lanes(1, 1);
	turn();
	hear_item(child);
	child_answer(record_of(child), WIRE_RESULT, "result", 6);
	turn();
	hear_nothing(child);
}

/* --- what is malformed ------------------------------------------------------------------------ */

static void it_was_killed_for_what_it_wrote(const struct process *child)
{
	const struct child_record *record = record_of(child);

	assert_int_equal(child->signo, SIGKILL);
	assert_true(record->protocol_error);
	assert_int_equal(record->state, CHILD_STOPPING);
	assert_int_equal(told.verdicts + told.calls + told.releases + told.fetches, 0);
}

/* A child that is at its only item, 1. */
static struct process *busy_child(struct wire_item *item)
{
	struct process *child = idle_child();

	add_lanes(1, 1);
	turn();
	*item = begin_item(child);
	return child;
}

static void refuse_verdict(const struct wire_verdict *change, const void *tail, size_t size)
{
	struct wire_item item;
	struct process *child = busy_child(&item);
	struct wire_verdict verdict = *change;
	struct buffer out = { 0 };

	verdict.seq += item.seq;
	verdict.ordinal += item.ordinal;
	frame_append(&out, WIRE_VERDICT, &verdict, sizeof(verdict), tail, size);
	/* What the socket cannot hold goes when the parent has read. */
	while (frame_flush(child->socket, &out, NULL) == FRAME_IO_AGAIN)
		turn();
	buffer_finish(&out);
	turn();
	it_was_killed_for_what_it_wrote(child);
	assert_int_equal(record_of(child)->in_flight_count, 1);
	items_remove(&items, items_find(&items, 1));
	children_remove(record_of(child));
}

static void a_verdict_must_be_about_the_item_in_hand(void **state)
{
	(void)state;
	refuse_verdict(&(struct wire_verdict) { .seq = 1 }, NULL, 0);
	refuse_verdict(&(struct wire_verdict) { .ordinal = 1 }, NULL, 0);
}

static void the_lengths_of_a_verdict_must_fit(void **state)
{
	const struct wire_call large = { .size = 5 }, huge = { .size = UINT32_MAX };
	static const char order[] = "\x92\x03\x01\x01"; /* forget chat 1, and a byte */

	(void)state;
	refuse_verdict(&(struct wire_verdict) { .orders_size = 5 }, order, 4);
	refuse_verdict(&(struct wire_verdict) { .orders_size = 3 }, order, 4);
	refuse_verdict(&(struct wire_verdict) { .orders_size = UINT32_MAX, .failure_size = 4 },
		       order, 3);
	refuse_verdict(&(struct wire_verdict) { .calls = 1 }, "x", 1);
	refuse_verdict(&(struct wire_verdict) { .calls = 1 }, &large, sizeof(large));
	refuse_verdict(&(struct wire_verdict) { .calls = 2 }, &huge, sizeof(huge));
	refuse_verdict(&(struct wire_verdict) { .calls = UINT32_MAX }, NULL, 0);
}

/* Of four million empty calls each cost its parent more than a hundred bytes. */
static void the_counts_of_a_verdict_are_limited(void **state)
{
	static struct wire_call calls[WIRE_CALLS_MAX + 1];
	static char late[WIRE_FAILURE_MAX + 1];
	struct buffer orders = { 0 };

	(void)state;
	refuse_verdict(&(struct wire_verdict) { .calls = WIRE_CALLS_MAX + 1 }, calls,
		       sizeof(calls));
	for (unsigned i = 0; i <= ORDERS_MAX; i++)
		order_write(&(struct order) { .kind = ORDER_FORGET_CHAT, .id = i }, &orders);
	refuse_verdict(
		&(struct wire_verdict) { .orders_size = (uint32_t)buffer_unread_size(&orders) },
		buffer_unread(&orders), buffer_unread_size(&orders));
	buffer_finish(&orders);
	refuse_verdict(
		&(struct wire_verdict) { .failure_size = WIRE_FAILURE_MAX + 1, .failed = true },
		late, WIRE_FAILURE_MAX + 1);
}

static void as_many_calls_as_allowed_are_taken(void **state)
{
	static struct wire_call calls[WIRE_CALLS_MAX];
	struct wire_item item;
	struct process *child = busy_child(&item);
	const struct wire_verdict verdict = { .seq = item.seq,
					      .ordinal = item.ordinal,
					      .calls = WIRE_CALLS_MAX };

	(void)state;
	say_two(child, WIRE_VERDICT, &verdict, sizeof(verdict), calls, sizeof(calls));
	turn();
	assert_int_equal(told.verdicts, 1);
	assert_int_equal(told.head.calls, WIRE_CALLS_MAX);
}

static void who_has_nothing_in_hand_has_nothing_to_say(void **state)
{
	static const enum wire_type types[] = { WIRE_VERDICT, WIRE_CALL, WIRE_RELEASE,
						WIRE_READY,   WIRE_ITEM, WIRE_FETCH };
	const struct wire_verdict verdict = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		struct process *child = idle_child();

		say(child, types[i], &verdict, types[i] == WIRE_VERDICT ? sizeof(verdict) : 0);
		turn();
		it_was_killed_for_what_it_wrote(child);
	}
}

static void one_call_at_a_time_is_waited_for(void **state)
{
	struct wire_item item;
	struct process *child = busy_child(&item);

	(void)state;
	ask(child);
	told.calls = 0;
	ask(child);
	it_was_killed_for_what_it_wrote(child);
}

static void a_call_has_the_size_that_it_says(void **state)
{
	const struct wire_call head = { .size = 5 };
	struct wire_item item;
	struct process *child = busy_child(&item);

	(void)state;
	say_two(child, WIRE_CALL, &head, sizeof(head), "call", 4);
	turn();
	it_was_killed_for_what_it_wrote(child);
}

static void a_fetch_has_a_limit_and_is_waited_for(void **state)
{
	static const char request[WIRE_FETCH_MAX + 1];
	struct wire_item item;
	struct process *child = busy_child(&item);

	(void)state;
	fetch(child, request, sizeof(request));
	it_was_killed_for_what_it_wrote(child);
	items_remove(&items, items_find(&items, 1));
	children_remove(record_of(child));
	child = busy_child(&item);
	fetch(child, request, WIRE_FETCH_MAX);
	assert_int_equal(told.fetches, 1);
	told.fetches = 0;
	fetch(child, "again", 5);
	it_was_killed_for_what_it_wrote(child);
}

static void a_fetch_comes_with_the_file_that_it_says(void **state)
{
	const struct wire_fetch one = { .files = 1 }, two = { .files = 2 };
	struct wire_item item;
	struct process *child = busy_child(&item);

	(void)state;
	say(child, WIRE_FETCH, &one, sizeof(one));
	turn();
	it_was_killed_for_what_it_wrote(child);
	items_remove(&items, items_find(&items, 1));
	children_remove(record_of(child));
	child = busy_child(&item);
	say(child, WIRE_FETCH, &two, sizeof(two));
	turn();
	it_was_killed_for_what_it_wrote(child);
}

static void a_lane_is_released_once(void **state)
{
	struct wire_item item;
	struct process *child = busy_child(&item);

	(void)state;
	say(child, WIRE_RELEASE, NULL, 0);
	turn();
	told.releases = 0;
	say(child, WIRE_RELEASE, NULL, 0);
	turn();
	it_was_killed_for_what_it_wrote(child);
}

static void a_verdict_brings_calls_and_orders_and_why_it_failed(void **state)
{
	const struct wire_call head = { .size = 4 };
	struct wire_item item;
	struct process *child = busy_child(&item);
	struct wire_verdict verdict = { .seq = item.seq,
					.ordinal = item.ordinal,
					.calls = 1,
					.orders_size = 3,
					.failure_size = 3,
					.failed = true };
	struct buffer tail = { 0 };

	(void)state;
	buffer_append(&tail, &head, sizeof(head));
	buffer_append_text(&tail, "call\x92\x03\x01why");
	say_two(child, WIRE_VERDICT, &verdict, sizeof(verdict), buffer_unread(&tail),
		buffer_unread_size(&tail));
	buffer_finish(&tail);
	turn();
	assert_int_equal(told.verdicts, 1);
	assert_int_equal(told.calls_size, sizeof(head) + 4);
	assert_int_equal(told.orders_size, 3);
	assert_string_equal(told.failure, "why");
	assert_int_equal(record_of(child)->state, CHILD_IDLE);
	assert_int_equal(record_of(child)->handled, 1);
}

/* Ingress would end the session for them. */
static void a_verdict_with_orders_that_are_none_is_refused(void **state)
{
	(void)state;
	refuse_verdict(&(struct wire_verdict) { .orders_size = 4 }, "what", 4);
}

/* --- who leaves ------------------------------------------------------------------------------- */

static void who_closed_its_socket_gets_no_work_and_is_killed_after_a_second(void **state)
{
	struct process *child = idle_child();

	(void)state;
	close_socket(child);
	turn();
	add_lanes(1, 1);
	turn();
	assert_int_equal(items.waiting, 1);
	assert_int_equal(record_of(child)->state, CHILD_STOPPING);
	check_deadlines_after(1000);
	assert_int_equal(child->signals, 0);
	check_deadlines_after(1);
	assert_int_equal(child->signo, SIGKILL);
	assert_false(record_of(child)->protocol_error);
}

/* Its nursery said first that it is dead. */
static void what_it_said_before_it_died_is_not_malformed(void **state)
{
	struct process *child = start_child();

	(void)state;
	turn();
	say_ready(child, WALLS_ALL);
	close_socket(child);
	child_mark_lost(record_of(child));
	channel_drain(&record_of(child)->channel);
	assert_false(record_of(child)->protocol_error);
	assert_int_equal(told.births, 0);
	assert_int_equal(record_of(child)->state, CHILD_STOPPING);
}

static void those_that_idled_longest_leave(void **state)
{
	struct process *first = idle_child(), *second = idle_child(), *third = idle_child();

	(void)state;
	children_stop_idle(&children, 2);
	assert_true(was_told_to_leave(first));
	assert_true(was_told_to_leave(second));
	assert_false(was_told_to_leave(third));
	assert_int_equal(children.counts[CHILD_IDLE], 1);
	assert_int_equal(children.counts[CHILD_STOPPING], 2);
	add_lanes(1, 1);
	turn();
	assert_int_equal(hear_item(third).seq, 1);
}

static void more_than_idle_cannot_leave(void **state)
{
	struct wire_item item;
	struct process *child = busy_child(&item);

	(void)state;
	children_stop_idle(&children, 5);
	assert_false(was_told_to_leave(child));
	assert_int_equal(record_of(child)->state, CHILD_BUSY);
}

static void the_end_of_a_session_kills_who_was_at_its_work(void **state)
{
	struct wire_item item;
	struct process *other = idle_child(), *child = busy_child(&item);

	(void)state;
	children_forget_items(&children);
	items_finish(&items);
	assert_int_equal(child->signo, SIGKILL);
	assert_int_equal(other->signals, 0);
	/* What it still says is about another's update. */
	finish(child, &item, 0);
	say(child, WIRE_ITEM, NULL, 0);
	turn();
	assert_int_equal(told.verdicts, 0);
	assert_false(record_of(child)->protocol_error);
	add_lanes(2, 2);
	turn();
	assert_int_equal(hear_item(other).seq, 2);
}

static void old_children_leave_once_there_is_a_new_one(void **state)
{
	struct process *idle = idle_child(), *busy, *fresh;
	struct nursery_link *next = nursery_link_create_next(nursery);
	struct wire_item item;

	(void)state;
	busy = busy_child(&item);
	children_retire(&children, nursery);
	children.nursery = next;
	children_replace(&children);
	assert_false(was_told_to_leave(idle)); /* who else would do the work? */
	fresh = idle_child();
	children_replace(&children);
	assert_true(was_told_to_leave(idle));
	assert_false(was_told_to_leave(busy));
	assert_true(children_work_for(&children, nursery));
	finish(busy, &item, 0);
	turn();
	assert_true(was_told_to_leave(busy));
	assert_false(was_told_to_leave(fresh));
	assert_int_equal(told.verdicts, 1);
	assert_true(children_exist_of(&children, nursery));
	children_remove(record_of(idle));
	children_remove(record_of(busy));
	assert_false(children_exist_of(&children, nursery));
	children_remove(record_of(fresh));
	nursery_link_destroy(next);
}

/* So that a nursery that stands still is not waited for. */
static void no_verdict_is_expected_of_who_is_aborted_or_left(void **state)
{
	struct process *left, *child;
	struct wire_item item;

	(void)state;
	left = busy_child(&item);
	assert_true(children_work_for(&children, nursery));
	close_socket(left);
	turn();
	assert_false(children_work_for(&children, nursery));
	child = idle_child();
	assert_false(children_work_for(&children, nursery));
	add_lanes(2, 2);
	turn();
	begin_item(child);
	assert_true(children_work_for(&children, nursery));
	check_deadlines_after(5000);
	assert_false(children_work_for(&children, nursery));
}

static void old_children_are_given_no_second_item(void **state)
{
	struct wire_item item;
	struct process *child = busy_child(&item);

	(void)state;
	children_retire(&children, nursery);
	add_lanes(2, 2);
	turn();
	hear_nothing(child);
	assert_int_equal(items.waiting, 1);
}

static void nothing_is_left_of_a_child_that_no_nursery_takes(void **state)
{
	const struct bot bot = { .id = 42 };
	struct why why;

	(void)state;
	nursery->is_deaf = true;
	assert_false(children_start(&children, 1, &bot, &why));
	assert_string_equal(why.text, "the nursery does not take requests");
	assert_true(LIST_EMPTY(&children.all));
	assert_int_equal(children.counts[CHILD_STARTING], 0);
}

/* --- who is blamed ---------------------------------------------------------------------------- */

static void the_item_that_was_begun_is_blamed(void **state)
{
	struct process *child = idle_child();

	(void)state;
	assert_null(child_blamed(record_of(child), true));
	add_lanes(1, 2);
	turn();
	assert_null(child_blamed(record_of(child), true));
	begin_item(child);
	assert_int_equal(child_blamed(record_of(child), true)->seq, 1);
	assert_int_equal(child_blamed(record_of(child), false)->seq, 1);
}

/* A signal after memory was overwritten, most likely by the handler. */
static void a_scribbled_claim_counts_as_begun_only_for_a_signal(void **state)
{
	struct process *child = idle_child();

	(void)state;
	add_lanes(1, 1);
	turn();
	memset((void *)child->scoreboard->claims, 0xaa, sizeof(child->scoreboard->claims));
	assert_int_equal(child_blamed(record_of(child), true)->seq, 1);
	assert_null(child_blamed(record_of(child), false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_handler_past_its_deadline_is_aborted_and_then_killed),
		TEST(each_item_has_its_own_time),
		TEST(who_idles_has_no_deadline),
		TEST(long_work_has_the_longer_deadline_and_only_that_item),
		TEST(long_work_ends_at_the_longer_deadline),
		TEST(starting_the_modules_has_a_deadline),
		TEST(who_is_not_forked_yet_is_let_be),
		TEST(the_wait_for_telegram_is_not_the_handlers_time),
		TEST(the_wait_for_a_host_is_not_the_handlers_time),
		TEST(a_verdict_ends_the_wait_for_telegram),
		TEST(who_is_aborted_gets_nothing_more_even_if_it_finishes),
		TEST(an_answer_that_nobody_waits_for_is_not_given),
		TEST(a_verdict_must_be_about_the_item_in_hand),
		TEST(the_lengths_of_a_verdict_must_fit),
		TEST(the_counts_of_a_verdict_are_limited),
		TEST(as_many_calls_as_allowed_are_taken),
		TEST(who_has_nothing_in_hand_has_nothing_to_say),
		TEST(one_call_at_a_time_is_waited_for),
		TEST(a_call_has_the_size_that_it_says),
		TEST(a_fetch_has_a_limit_and_is_waited_for),
		TEST(a_fetch_comes_with_the_file_that_it_says),
		TEST(a_lane_is_released_once),
		TEST(a_verdict_brings_calls_and_orders_and_why_it_failed),
		TEST(a_verdict_with_orders_that_are_none_is_refused),
		TEST(who_closed_its_socket_gets_no_work_and_is_killed_after_a_second),
		TEST(what_it_said_before_it_died_is_not_malformed),
		TEST(those_that_idled_longest_leave),
		TEST(more_than_idle_cannot_leave),
		TEST(the_end_of_a_session_kills_who_was_at_its_work),
		TEST(old_children_leave_once_there_is_a_new_one),
		TEST(no_verdict_is_expected_of_who_is_aborted_or_left),
		TEST(old_children_are_given_no_second_item),
		TEST(nothing_is_left_of_a_child_that_no_nursery_takes),
		TEST(the_item_that_was_begun_is_blamed),
		TEST(a_scribbled_claim_counts_as_begun_only_for_a_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
