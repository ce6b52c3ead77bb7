/* test_ingress_link.c - a pool's session: greeting and welcome, what goes in which order, silence,
 * restarts of ingress, sessions that are refused, the end. */
#include "tests/unit/session_world.h"
#include "tests/unit/turned_loop.h"

/* --- greeting --------------------------------------------------------------------------------- */

static void it_greets_until_it_is_welcome(void **state)
{
	struct message_pool_hello hello;
	uint64_t first;

	(void)state;
	pool.in_hand = 42;
	turn();
	hear_no_message(); /* not before its modules are known */
	ingress_link_open(ingress, KINDS);
	hello = hear_greeting();
	first = session;
	assert_int_not_equal(session, 0);
	assert_int_equal(hello.kinds, KINDS);
	assert_int_equal(hello.in_hand_count, 1);
	assert_int_equal(hello.in_hand[0], 42);
	assert_int_equal(hello.predecessor, 0);
	assert_int_equal(in_the_lock(), session);
	for (int i = 0; i < 20; i++) {
		pass(BEAT_MS);
		hear_greeting();
		hear_no_message();
		assert_int_equal(session, first);
	}
	/* Silence ends only a session that there was. */
	assert_int_equal(pool.losses, 0);
	assert_false(pool.ready);
}

static void before_welcome_nothing_is_said_but_the_greeting(void **state)
{
	const struct message_cooldown cooldown = { 9, 1000 };
	const struct message_migrated migrated = { 1, 2 };

	(void)state;
	greet();
	say_done(1);
	ingress_link_cool(ingress, &cooldown);
	ingress_link_migrated(ingress, &migrated);
	ingress_link_beat(ingress);
	ingress_link_bye(ingress);
	turn();
	hear_no_message();
}

static void verdicts_go_before_the_first_beat(void **state)
{
	(void)state;
	greet();
	for (uint64_t seq = 1; seq <= 2500; seq++)
		say_done(seq);
	say_welcome(session, WELCOME_ACCEPTED, EPOCH);
	hear_verdicts_of(1, 1024);
	hear_verdicts_of(1025, 2048);
	hear_verdicts_of(2049, 2500);
	assert_int_equal(hear_pool_beat().handled, 123);
	assert_true(pool.ready);
}

/* One that was not updated yet would not understand the beat. */
static void walls_are_told_to_an_ingress_that_knows_of_them(void **state)
{
	(void)state;
	greet();
	say_welcome_of(PROTOCOL_WALLS - 1, session, WELCOME_ACCEPTED, EPOCH);
	assert_false(hear_pool_beat().has_walls);
	say_beat_answer(session, EPOCH + 1); /* another ingress */
	hear_greeting();
	say_welcome_of(PROTOCOL_WALLS, session, WELCOME_ACCEPTED, EPOCH + 1);
	assert_int_equal(hear_pool_beat().walls, 1);
}

/* Ingress takes back at the first beat what is not in a verdict by then. */
static void verdicts_that_cannot_go_hold_up_the_first_beat(void **state)
{
	uint64_t began_ms;

	(void)state;
	join();
	for (uint64_t epoch = EPOCH + 1; epoch < EPOCH + 3; epoch++) {
		for (uint64_t seq = 1; seq <= 1025; seq++)
			say_done(seq);
		say_beat_answer(session, epoch);
		hear_greeting();
		to_ingress.answer = ZLINK_FULL;
		say_welcome(session, WELCOME_ACCEPTED, epoch);
		turn();
		to_ingress.answer = ZLINK_SENT;
		ingress_link_beat(ingress);
		hear_no_message();
		began_ms = clock_boot_ms();
		pass(100);
		assert_int_equal(hear_verdicts().count, 1024);
		assert_int_equal(hear_verdicts().count, 1);
		hear_pool_beat();
		assert_int_equal(to_ingress.sent_ms, began_ms + 10);
		hear_no_message();
		say_stored(session, (epoch - EPOCH) * 1025);
	}
}

static void who_cannot_be_reached_is_greeted_again_soon(void **state)
{
	uint64_t began_ms;

	(void)state;
	to_ingress.answer = ZLINK_FULL;
	ingress_link_open(ingress, KINDS);
	to_ingress.answer = ZLINK_SENT;
	began_ms = clock_boot_ms();
	pass(500);
	hear_greeting();
	assert_int_equal(to_ingress.sent_ms, began_ms + 50);
	hear_no_message();
}

static void a_second_welcome_begins_nothing_anew(void **state)
{
	(void)state;
	join();
	give_item(1);
	say_done(1);
	turn();
	hear_verdicts_of(1, 1);
	say_welcome(session, WELCOME_ACCEPTED, EPOCH + 1);
	turn();
	hear_no_message();
	/* The epoch is that of the first. */
	say_beat_answer(session, EPOCH);
	turn();
	hear_no_message();
	assert_true(pool.ready);
}

static void what_is_for_another_session_is_passed_over(void **state)
{
	(void)state;
	greet();
	say_welcome(session + 1, WELCOME_ACCEPTED, EPOCH);
	assert_false(pool.ready);
	say_welcome(session, WELCOME_ACCEPTED, EPOCH);
	hear_pool_beat();
	session++;
	give_item(1);
	say_done(1);
	say_stored(session, 1);
	say_welcome(session, WELCOME_REFUSED_SESSION, 0);
	say_beat_answer(session, EPOCH + 1);
	assert_int_equal(pool.items + pool.losses, 0);
	assert_int_equal(pool.stored, 0);
	assert_int_equal(ingress_link_unstored(ingress), 1);
	assert_true(pool.ready);
}

static void an_answer_before_the_welcome_begins_no_session(void **state)
{
	(void)state;
	greet();
	say_beat_answer(session, 0);
	assert_int_equal(ingress_link_answered_ms(ingress), 0);
	assert_false(pool.ready);
}

static void updates_before_the_welcome_are_passed_over(void **state)
{
	(void)state;
	greet();
	give_item(1);
	assert_int_equal(pool.items, 0);
}

static void routes_of_other_kinds_are_said_in_the_same_session(void **state)
{
	uint64_t before;

	(void)state;
	join();
	before = session;
	ingress_link_open(ingress, KINDS);
	hear_no_message();
	ingress_link_open(ingress, KINDS | 8);
	assert_int_equal(hear_greeting().kinds, KINDS | 8);
	assert_int_equal(session, before);
	assert_int_equal(pool.losses, 0);
}

/* --- silence, and restarts of ingress --------------------------------------------------------- */

static void silence_ends_the_session(void **state)
{
	uint64_t before;

	(void)state;
	join();
	before = session;
	say_done(1);
	turn();
	be_silent();
	hear_greeting();
	assert_int_not_equal(session, before);
	assert_int_equal(in_the_lock(), session);
	assert_false(pool.ready);
	assert_int_equal(ingress_link_answered_ms(ingress), 0);
	/* The verdicts of the old one are nobody's. */
	assert_int_equal(ingress_link_unstored(ingress), 0);
	say_welcome(before, WELCOME_ACCEPTED, EPOCH);
	assert_false(pool.ready);
	say_welcome(session, WELCOME_ACCEPTED, EPOCH);
	hear_pool_beat();
	hear_no_message();
}

static void answers_keep_the_session(void **state)
{
	(void)state;
	join();
	for (int i = 0; i < 10; i++) {
		pass(BEAT_UNANSWERED_MS - 1000);
		say_beat_answer(session, EPOCH);
		stop_listening();
	}
	assert_int_equal(pool.losses, 0);
	assert_int_equal(ingress_link_answered_ms(ingress), loop_now_ms(loop));
}

/* A pool that was stopped finds out before it does anything with what its children say. */
static void who_asks_after_a_long_standstill_finds_it_over(void **state)
{
	(void)state;
	join();
	put_clock_forward(BEAT_UNANSWERED_MS);
	assert_false(ingress_link_end_if_silent(ingress)); /* of this turn */
	turn();
	assert_int_equal(pool.losses, 1);
	assert_false(ingress_link_end_if_silent(ingress)); /* the new one is not old */
	assert_int_equal(pool.losses, 1);
}

static void a_session_that_was_given_up_is_named_when_its_lease_is_over(void **state)
{
	uint64_t before;

	(void)state;
	join();
	before = session;
	be_silent();
	assert_int_equal(hear_greeting().predecessor, 0); /* its children may be at work yet */
	/* One that never began has no lease. */
	say_welcome(session, WELCOME_REFUSED_SESSION, 0);
	assert_int_equal(hear_greeting().predecessor, 0);
	pass(LEASE_MS - BEAT_UNANSWERED_MS - 50);
	for (int i = 0; i < 3; i++)
		assert_int_equal(hear_greeting().predecessor, 0);
	hear_no_message();
	pass(50);
	assert_int_equal(hear_greeting().predecessor, before);
	say_welcome(session, WELCOME_ACCEPTED, EPOCH);
	hear_pool_beat();
	/* Once is enough. */
	ingress_link_open(ingress, KINDS | 8);
	assert_int_equal(hear_greeting().predecessor, 0);
}

static void a_predecessor_by_the_lock_is_named_until_the_welcome(void **state)
{
	(void)state;
	lock.predecessor = 0xabc;
	ingress_link_open(ingress, KINDS);
	assert_int_equal(hear_greeting().predecessor, 0xabc);
	say_welcome(session, WELCOME_REFUSED_SESSION, 0);
	assert_int_equal(hear_greeting().predecessor, 0xabc);
	/* Who comes after this process must name it, too. */
	assert_int_equal(in_the_lock(), 0xabc);
	say_welcome(session, WELCOME_ACCEPTED, EPOCH);
	assert_int_equal(in_the_lock(), session);
	ingress_link_open(ingress, KINDS | 8);
	hear_pool_beat();
	assert_int_equal(hear_greeting().predecessor, 0);
}

static void after_a_restart_of_ingress_the_same_session_goes_on(void **state)
{
	uint64_t before;
	struct message_pool_hello hello;

	(void)state;
	join();
	before = session;
	say_done(1);
	say_done(2);
	turn();
	hear_verdicts_of(1, 2);
	say_stored(session, 1);
	pool.in_hand = 3;
	give_item(3);
	say_beat_answer(session, EPOCH + 1);
	hello = hear_greeting();
	assert_int_equal(session, before);
	assert_int_equal(hello.in_hand[0], 3);
	assert_int_equal(pool.losses, 0);
	assert_false(pool.ready);
	/* Only what is not stored is said again, and credit begins at nothing. */
	say_welcome(session, WELCOME_ACCEPTED, EPOCH + 1);
	hear_verdicts_of(2, 2);
	assert_int_equal(hear_pool_beat().credit_limit, 10);
	assert_true(pool.ready);
}

/* A restarted ingress that does not welcome it is silent, whatever else it answers. */
static void an_answer_of_another_run_is_no_sign_of_the_session(void **state)
{
	(void)state;
	join();
	pass(BEAT_UNANSWERED_MS - 500);
	say_beat_answer(session, EPOCH + 1);
	pass(500);
	assert_int_equal(pool.losses, 1);
}

static void a_refused_session_is_given_up_for_a_new_one(void **state)
{
	uint64_t before;

	(void)state;
	join();
	before = session;
	say_done(1);
	say_welcome(session, WELCOME_REFUSED_SESSION, 0);
	hear_greeting();
	assert_int_equal(pool.losses, 1);
	assert_int_not_equal(session, before);
	assert_int_equal(ingress_link_unstored(ingress), 0);
	assert_false(pool.ready);
}

static void who_is_refused_otherwise_keeps_its_work_and_asks_on(void **state)
{
	static const enum welcome_result results[] = { WELCOME_REFUSED_VERSION,
						       WELCOME_REFUSED_FULL };

	(void)state;
	greet();
	for (size_t i = 0; i < COUNT_OF(results); i++) {
		uint64_t before = session;

		say_welcome(session, results[i], 0);
		assert_string_equal(pool.state, "refused: because");
		assert_false(pool.ready);
		hear_no_message();
		pass(BEAT_MS);
		hear_greeting();
		assert_int_equal(session, before);
	}
	assert_int_equal(pool.losses, 0);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void a_farewell_ends_the_session(void **state)
{
	(void)state;
	join();
	ingress_link_bye(ingress);
	assert_int_equal(hear_bye().session, session);
	assert_false(pool.ready);
	assert_int_equal(in_the_lock(), 0); /* nobody need name it */
	say_done(1);
	give_item(1);
	say_welcome(session, WELCOME_ACCEPTED, EPOCH);
	pass(BEAT_MS);
	hear_no_message();
	assert_int_equal(pool.items, 0);
}

static void other_pools_cooldowns_and_its_own_pass(void **state)
{
	const struct message_cooldown cooldown = { 9, 1000 };
	const struct message_migrated migrated = { 1, 2 };

	(void)state;
	join();
	say_cooldown(9, 500);
	assert_int_equal(pool.cooldowns, 1);
	ingress_link_cool(ingress, &cooldown);
	assert_int_equal(hear_cooldowns().cooldowns[0].remaining_ms, 1000);
	ingress_link_migrated(ingress, &migrated);
	assert_int_equal(hear_migrated().to, 2);
}

static void nonsense_changes_nothing(void **state)
{
	struct buffer out = { 0 };

	(void)state;
	join();
	buffer_append_text(&out, "nonsense");
	deliver(&to_ingress, &out);
	turn();
	hear_no_message();
	assert_true(pool.ready);
	assert_int_equal(pool.losses, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_greets_until_it_is_welcome),
		TEST(before_welcome_nothing_is_said_but_the_greeting),
		TEST(verdicts_go_before_the_first_beat),
		TEST(walls_are_told_to_an_ingress_that_knows_of_them),
		TEST(verdicts_that_cannot_go_hold_up_the_first_beat),
		TEST(who_cannot_be_reached_is_greeted_again_soon),
		TEST(a_second_welcome_begins_nothing_anew),
		TEST(what_is_for_another_session_is_passed_over),
		TEST(an_answer_before_the_welcome_begins_no_session),
		TEST(updates_before_the_welcome_are_passed_over),
		TEST(routes_of_other_kinds_are_said_in_the_same_session),
		TEST(silence_ends_the_session),
		TEST(answers_keep_the_session),
		TEST(who_asks_after_a_long_standstill_finds_it_over),
		TEST(a_session_that_was_given_up_is_named_when_its_lease_is_over),
		TEST(a_predecessor_by_the_lock_is_named_until_the_welcome),
		TEST(after_a_restart_of_ingress_the_same_session_goes_on),
		TEST(an_answer_of_another_run_is_no_sign_of_the_session),
		TEST(a_refused_session_is_given_up_for_a_new_one),
		TEST(who_is_refused_otherwise_keeps_its_work_and_asks_on),
		TEST(a_farewell_ends_the_session),
		TEST(other_pools_cooldowns_and_its_own_pass),
		TEST(nonsense_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
