/* test_ingress_link_verdicts.c - verdicts on their way to ingress, those that are lost on it, and
 * credit. */
#include "tests/unit/session_world.h"
#include "tests/unit/turned_loop.h"

/* --- verdicts --------------------------------------------------------------------------------- */

static void verdicts_of_a_turn_go_together(void **state)
{
	(void)state;
	join();
	say_done(1);
	say_done(2);
	hear_no_message();
	turn();
	hear_verdicts_of(1, 2);
	turn();
	hear_no_message();
}

static void what_did_not_fit_goes_soon(void **state)
{
	uint64_t began_ms;

	(void)state;
	join();
	say_done(1);
	to_ingress.answer = ZLINK_FULL;
	turn();
	to_ingress.answer = ZLINK_SENT;
	began_ms = clock_boot_ms();
	say_done(2);
	pass(500);
	hear_verdicts_of(1, 2);
	assert_int_equal(to_ingress.sent_ms, began_ms + 5);
}

static void what_is_stored_is_forgotten_and_said(void **state)
{
	(void)state;
	join();
	say_done(1);
	say_done(2);
	turn();
	hear_verdicts_of(1, 2);
	say_stored(session, 1);
	assert_int_equal(pool.stored, 1);
	assert_int_equal(ingress_link_unstored(ingress), 1);
}

static void numbers_that_were_never_used_are_not_believed(void **state)
{
	(void)state;
	join();
	say_done(1);
	turn();
	say_stored(session, 2);
	assert_int_equal(pool.stored, 0);
	assert_int_equal(ingress_link_unstored(ingress), 1);
}

static void pass_answered(uint64_t ms)
{
	for (; ms >= 500; ms -= 500) {
		pass(500);
		say_beat_answer(session, EPOCH);
	}
}

static void verdicts_that_are_not_stored_in_time_are_said_again(void **state)
{
	(void)state;
	join();
	pass_answered(20000); /* the wait is for the verdict, not for the session */
	stop_listening();
	say_done(1);
	turn();
	hear_verdicts_of(1, 1);
	pass_answered(4500);
	hear_no_more_than_beats();
	pass_answered(1500);
	while (number_of(&to_ingress.sent[to_ingress.taken]) == MESSAGE_POOL_BEAT)
		to_ingress.taken++;
	hear_verdicts_of(1, 1);
	pass_answered(3000);
	hear_no_more_than_beats();
}

static void while_others_are_stored_nothing_is_said_again(void **state)
{
	(void)state;
	join();
	say_done(1);
	say_done(2);
	turn();
	hear_verdicts_of(1, 2);
	pass_answered(4000);
	say_stored(session, 1);
	pass_answered(4000);
	hear_no_more_than_beats();
}

/* --- credit ----------------------------------------------------------------------------------- */

static void credit_counts_from_the_welcome(void **state)
{
	(void)state;
	join();
	give_item(1);
	give_item(2);
	assert_int_equal(pool.items, 2);
	assert_int_equal(pool.seq, 2);
	say_done(1);
	pool.room = 9;
	turn();
	assert_int_equal(hear_verdicts().credit_limit, 11);
	pass(BEAT_MS);
	assert_int_equal(hear_pool_beat().credit_limit, 11);
}

/* Else it would wait for the next beat. */
static void who_had_no_room_says_at_once_when_there_is_some(void **state)
{
	(void)state;
	pool.room = 0;
	join();
	turn();
	hear_no_message();
	pool.room = 4;
	turn();
	assert_int_equal(hear_pool_beat().credit_limit, 4);
	pool.room = 5;
	turn();
	hear_no_message(); /* ingress has something to send on */
}

static void room_that_a_verdict_said_is_not_said_again(void **state)
{
	(void)state;
	pool.room = 0;
	join();
	pool.room = 4;
	say_done(1);
	turn();
	assert_int_equal(hear_verdicts().credit_limit, 4);
	turn();
	hear_no_message();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(verdicts_of_a_turn_go_together),
		TEST(what_did_not_fit_goes_soon),
		TEST(what_is_stored_is_forgotten_and_said),
		TEST(numbers_that_were_never_used_are_not_believed),
		TEST(verdicts_that_are_not_stored_in_time_are_said_again),
		TEST(while_others_are_stored_nothing_is_said_again),
		TEST(credit_counts_from_the_welcome),
		TEST(who_had_no_room_says_at_once_when_there_is_some),
		TEST(room_that_a_verdict_said_is_not_said_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
