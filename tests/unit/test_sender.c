/* test_sender.c - a sender between its parent and Telegram: who the bot is, a token that is
 * refused, a parent that stands still, the end. */
#include "tests/unit/sender_world.h"
#include "tests/unit/standing_clock.h"

/* --- who the bot is --------------------------------------------------------------------------- */

static void it_says_who_the_bot_is(void **state)
{
	struct request me = say_token();
	struct frame frame;
	struct bot bot;

	(void)state;
	hear_nothing();
	answer(&me, 200, ME);
	frame = hear(WIRE_BOT_IS);
	assert_true(frame_head(&frame, &bot, sizeof(bot)));
	assert_int_equal(bot.id, 42);
	assert_string_equal(bot.username, "korone");
	/* One call that a successor need not doubt. */
	assert_false(is_on_scoreboard(1));
	pass(3600000);
	no_request();
}

static void without_an_answer_it_asks_more_and_more_rarely(void **state)
{
	static const uint32_t pauses_s[] = { 1, 2, 4, 8, 16, 30, 30 };
	struct request me = say_token();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pauses_s); i++) {
		if (i % 2)
			answer(&me, 502, "<html>");
		else
			end_request(&me, 0, false, "");
		hear(WIRE_TROUBLE);
		hear_nothing();
		pass(pauses_s[i] * 1000 - 1);
		no_request();
		pass(1);
		me = next_request("getMe");
	}
	answer(&me, 200, ME);
	hear(WIRE_BOT_IS);
}

static void it_asks_again_when_telegram_says(void **state)
{
	struct request me = say_token();

	(void)state;
	answer(&me, 429, too_many(7));
	hear(WIRE_TROUBLE);
	pass(6999);
	no_request();
	pass(1);
	next_request("getMe");
}

static void an_answer_without_an_id_says_nothing(void **state)
{
	struct request me = say_token();

	(void)state;
	answer(&me, 200, "{\"ok\":true,\"result\":{}}");
	hear(WIRE_TROUBLE);
	hear_nothing();
}

static void it_asks_for_another_name_when_told(void **state)
{
	struct request me;
	struct frame frame;
	struct bot bot;

	(void)state;
	say(WIRE_WHO, NULL, 0, NULL, 0);
	pass(0);
	me = next_request("getMe");
	say(WIRE_WHO, NULL, 0, NULL, 0);
	pass(0);
	no_request();
	answer(&me, 200, "{\"ok\":true,\"result\":{\"id\":42,\"username\":\"renamed\"}}");
	frame = hear(WIRE_BOT_IS);
	assert_true(frame_head(&frame, &bot, sizeof(bot)));
	assert_string_equal(bot.username, "renamed");
	/* Nothing depends on it: without an answer nothing changes, and it is not asked again. */
	say(WIRE_WHO, NULL, 0, NULL, 0);
	pass(0);
	me = next_request("getMe");
	answer(&me, 502, "<html>");
	hear_nothing();
	pass(3600000);
	no_request();
}

static void a_token_that_is_refused_for_a_minute_is_refused(void **state)
{
	static const uint32_t pauses_s[] = { 0, 1, 2, 4, 8, 16, 32 };
	struct request me = say_token();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pauses_s); i++) {
		answer(&me, 401, UNAUTHORIZED);
		hear(WIRE_CHECKING);
		if (pauses_s[i]) {
			pass(pauses_s[i] * 1000 - 1);
			no_request();
			pass(1);
		}
		me = next_request("getMe");
	}
	hear_nothing();
	answer(&me, 401, UNAUTHORIZED);
	assert_int_equal(hear(WIRE_REFUSED).size, strlen("Telegram does not know the token"));
}

/* --- a token that is refused later ------------------------------------------------------------ */

static void a_refused_call_begins_a_check_and_is_made_again_after_it(void **state)
{
	struct request call, me;

	(void)state;
	say_message(1, 5);
	call = next_request("sendMessage");
	answer(&call, 401, UNAUTHORIZED);
	hear(WIRE_CHECKING);
	hear_sent_of(1, OUTCOME_UNAUTHORIZED, false);
	me = next_request("getMe");
	/* No other call is begun meanwhile. */
	say_message(2, 6);
	pass(5000);
	no_request();
	answer(&me, 200, ME);
	hear(WIRE_BOT_IS);
	hear_nothing();
	pass(250);
	call = next_request("sendMessage");
	next_request("sendMessage");
	no_request();
	answer(&call, 200, OK);
	hear_sent_of(1, OUTCOME_OK, true);
}

static void while_it_asks_already_it_does_not_ask_again(void **state)
{
	struct request call;

	(void)state;
	say_token();
	say_message(1, 5);
	call = next_request("sendMessage");
	answer(&call, 401, UNAUTHORIZED);
	hear(WIRE_CHECKING);
	hear_sent_of(1, OUTCOME_UNAUTHORIZED, false);
	pass(60000);
	no_request();
}

static void each_check_begins_with_short_pauses(void **state)
{
	struct request me = say_token(), call;

	(void)state;
	for (int i = 0; i < 4; i++) {
		answer(&me, 502, "");
		hear(WIRE_TROUBLE);
		pass(30000);
		me = next_request("getMe");
	}
	answer(&me, 200, ME);
	hear(WIRE_BOT_IS);
	say_message(1, 5);
	call = next_request("sendMessage");
	answer(&call, 401, UNAUTHORIZED);
	me = next_request("getMe");
	answer(&me, 502, "");
	pass(1000);
	next_request("getMe");
}

/* Twice, but only once by its own doing. */
static void a_call_that_is_not_found_in_anothers_check_is_made_again(void **state)
{
	struct request first, second, me;

	(void)state;
	say_message(1, 5);
	say_message(2, 6);
	for (int check = 0; check < 2; check++) {
		first = next_request("sendMessage");
		second = next_request("sendMessage");
		answer(&first, 401, UNAUTHORIZED);
		answer(&second, 404, NOT_FOUND);
		hear(WIRE_CHECKING);
		hear_sent_of(1, OUTCOME_UNAUTHORIZED, false);
		hear_sent_of(2, OUTCOME_REFUSED, false);
		me = next_request("getMe");
		answer(&me, 200, ME);
		hear(WIRE_BOT_IS);
		pass(500);
	}
}

/* What was under way when the check began belongs to that check. */
static void calls_that_are_refused_during_a_check_ask_nothing_more(void **state)
{
	struct request first, second;

	(void)state;
	say_message(1, 5);
	say_message(2, 6);
	first = next_request("sendMessage");
	second = next_request("sendMessage");
	answer(&first, 401, UNAUTHORIZED);
	answer(&second, 401, UNAUTHORIZED);
	hear(WIRE_CHECKING);
	hear_sent_of(1, OUTCOME_UNAUTHORIZED, false);
	hear_sent_of(2, OUTCOME_UNAUTHORIZED, false);
	hear_nothing();
	next_request("getMe");
	no_request();
}

static void a_call_that_is_not_found_twice_is_given_up(void **state)
{
	struct request request;

	(void)state;
	say_message(1, 5);
	request = next_request("sendMessage");
	answer(&request, 404, NOT_FOUND);
	hear(WIRE_CHECKING);
	hear_sent_of(1, OUTCOME_REFUSED, false);
	request = next_request("getMe");
	answer(&request, 200, ME);
	hear(WIRE_BOT_IS);
	pass(250);
	request = next_request("sendMessage");
	answer(&request, 404, NOT_FOUND);
	hear_sent_of(1, OUTCOME_REFUSED, true);
	hear_nothing();
	no_request();
}

/* --- a parent that stands still, and the end -------------------------------------------------- */

static void without_a_fresh_session_nothing_is_begun(void **state)
{
	(void)state;
	scoreboard->answered_ms = atomic_load(clock_of_all());
	pass(5999);
	say_message(1, 5);
	next_request("sendMessage");
	pass(1);
	say_message(2, 6);
	pass(60000);
	no_request();
	/* The parent is back, and its session is. */
	scoreboard->answered_ms = atomic_load(clock_of_all());
	pass(250);
	next_request("sendMessage");
}

static void its_loop_is_seen_to_turn(void **state)
{
	(void)state;
	turn();
	assert_int_equal(scoreboard->turned_ms, atomic_load(clock_of_all()));
}

static void who_is_to_retire_gives_back_the_replies_that_wait(void **state)
{
	const struct call call = { .chat_id = 8,
				   .method = { "setMyCommands", 13 },
				   .body = { "{}", 2 } };
	struct wire_back back;
	struct request request;

	(void)state;
	say_cooldown(7, 1000);
	say_cooldown(8, 1000);
	say_message(1, 5);
	say_message(2, 7);
	say_call(3, 0, &call); /* no reply: nobody else would make it */
	request = next_request("sendMessage");
	hear_nothing();
	say(WIRE_RETIRE, NULL, 0, NULL, 0);
	turn();
	back = hear_back();
	assert_int_equal(back.id, 2);
	assert_int_equal(back.after_ms, 1000);
	hear_nothing();
	answer(&request, 200, OK);
	hear_sent_of(1, OUTCOME_OK, true);
	pass(1000);
	next_request("setMyCommands");
	no_request();
}

static void who_is_to_stop_begins_nothing_behind_a_call(void **state)
{
	struct request first, other, question;

	(void)state;
	say_message(1, 5);
	say_message(2, 5);
	first = next_request("sendMessage");
	say(WIRE_CLOSE, NULL, 0, NULL, 0);
	turn();
	say_message(3, 5);
	say_question(4, 5); /* a handler that still runs waits for it */
	say_message(5, 5);
	say_message(6, 6); /* nothing is in flight there */
	other = next_request("sendMessage");
	assert_int_equal(other.chat_id, 6);
	hear_nothing();
	no_request();
	answer(&first, 200, OK);
	hear_sent_of(1, OUTCOME_OK, true);
	assert_int_equal(hear_back().id, 2);
	assert_int_equal(hear_back().id, 3);
	question = next_request("getChat");
	answer(&question, 200, OK);
	hear_result_of(4);
	assert_int_equal(hear_back().id, 5);
	/* As in any chat that is new to it. */
	say_message(7, 5);
	next_request("sendMessage");
	answer(&other, 200, OK);
	hear_sent_of(6, OUTCOME_OK, true);
	hear_nothing();
}

static void who_is_to_leave_ends_when_what_it_began_is_over(void **state)
{
	struct request request;
	int status;

	(void)state;
	say_message(1, 5);
	say_message(2, 5);
	request = next_request("sendMessage");
	say(WIRE_LEAVE, NULL, 0, NULL, 0);
	turn();
	say_message(3, 6);
	no_request();
	assert_true(write_request(&request, 1));
	const struct order order = { .step = STEP_ANSWER,
				     .tag = request.tag,
				     .http_status = 200,
				     .written = true,
				     .body = OK };
	assert_int_equal(send(telegram_socket[0], &order, sizeof(order), 0), sizeof(order));
	status = wait_for_end();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	hear_sent_of(1, OUTCOME_OK, true);
	hear_nothing();
	assert_false(is_on_scoreboard(1));
}

static void who_is_to_leave_says_first_all_that_there_is_to_say(void **state)
{
	struct order order = { .step = STEP_ANSWER,
			       .http_status = 200,
			       .written = true,
			       .body = "{\"ok\":true,\"result\":\"",
			       .spaces = 4u << 20, /* more than fits into the socket */
			       .tail = "\"}" };
	struct request request;
	struct frame frame;
	int status;

	(void)state;
	say_question(1, 5);
	request = next_request("getChat");
	say(WIRE_LEAVE, NULL, 0, NULL, 0);
	order.tag = request.tag;
	give_order(&order);
	assert_int_equal(fcntl(to_sender, F_SETFL, 0), 0); /* as fast as it writes */
	assert_true(next_frame(&frame));
	assert_int_equal(frame.type, WIRE_SENT);
	status = wait_for_end();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void a_sender_ends_with_its_parent(void **state)
{
	int status;

	(void)state;
	shutdown(to_sender, SHUT_RDWR);
	status = wait_for_end();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void frames_that_no_parent_writes_are_fatal(void **state)
{
	static const enum wire_type types[] = { WIRE_SENT, WIRE_SEND, WIRE_COOLDOWN, WIRE_SENDER };

	end_process(state);
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		int status;

		set_up(state);
		say(types[i], "short", 5, NULL, 0);
		status = wait_for_end();
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGABRT);
		end_process(state);
	}
	set_up(state);
	say_start(); /* it has a token */
	assert_true(WIFSIGNALED(wait_for_end()));
	end_process(state);
	/* Before it knows the token it can do nothing. */
	start_process(state);
	say(WIRE_LEAVE, NULL, 0, NULL, 0);
	assert_true(WIFSIGNALED(wait_for_end()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_OF_START(it_says_who_the_bot_is),
		TEST_OF_START(without_an_answer_it_asks_more_and_more_rarely),
		TEST_OF_START(it_asks_again_when_telegram_says),
		TEST_OF_START(an_answer_without_an_id_says_nothing),
		TEST(it_asks_for_another_name_when_told),
		TEST_OF_START(a_token_that_is_refused_for_a_minute_is_refused),
		TEST(a_refused_call_begins_a_check_and_is_made_again_after_it),
		TEST_OF_START(while_it_asks_already_it_does_not_ask_again),
		TEST_OF_START(each_check_begins_with_short_pauses),
		TEST(a_call_that_is_not_found_in_anothers_check_is_made_again),
		TEST(calls_that_are_refused_during_a_check_ask_nothing_more),
		TEST(a_call_that_is_not_found_twice_is_given_up),
		TEST(without_a_fresh_session_nothing_is_begun),
		TEST(its_loop_is_seen_to_turn),
		TEST(who_is_to_retire_gives_back_the_replies_that_wait),
		TEST(who_is_to_stop_begins_nothing_behind_a_call),
		TEST(who_is_to_leave_ends_when_what_it_began_is_over),
		TEST(who_is_to_leave_says_first_all_that_there_is_to_say),
		TEST(a_sender_ends_with_its_parent),
		TEST(frames_that_no_parent_writes_are_fatal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
