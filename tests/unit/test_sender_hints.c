/* test_sender_hints.c - chat actions of a sender: made at once or never, before the answer, and
 * counted nowhere. */
#include "tests/unit/sender_world.h"
#include "tests/unit/standing_clock.h"

static void say_hint_of(const char *method, int64_t chat_id)
{
	const struct call call = { .chat_id = chat_id,
				   .method = { method, strlen(method) },
				   .body = { "{\"action\":\"typing\"}", 19 } };
	struct buffer encoded = { 0 };

	call_encode(&call, &encoded);
	say(WIRE_HINT, buffer_unread(&encoded), buffer_unread_size(&encoded), NULL, 0);
	buffer_finish(&encoded);
	turn();
}

static void say_hint(int64_t chat_id)
{
	say_hint_of("sendChatAction", chat_id);
}

static void a_hint_is_made_and_nothing_is_told_of_it(void **state)
{
	struct request hint;

	(void)state;
	say_hint(5);
	hint = next_request("sendChatAction");
	assert_int_equal(hint.chat_id, 5);
	assert_int_equal(hint.timeout_ms, 2000);
	answer(&hint, 200, OK);
	hear_nothing();
	assert_false(is_on_scoreboard(1));
}

/* Else Telegram would show it after the answer. */
static void an_answer_waits_for_the_hint_before_it(void **state)
{
	struct request hint;

	(void)state;
	say_hint(5);
	say_message(1, 5);
	say_message(2, 6);
	hint = next_request("sendChatAction");
	assert_int_equal(next_request("sendMessage").chat_id, 6);
	no_request();
	answer(&hint, 200, OK);
	assert_int_equal(next_request("sendMessage").chat_id, 5);
}

static void a_hint_never_waits(void **state)
{
	struct request message;

	(void)state;
	say_message(1, 5);
	say_hint(5);
	message = next_request("sendMessage");
	no_request();
	answer(&message, 200, OK);
	hear_sent_of(1, OUTCOME_OK, true);
	no_request();
	say_cooldown(6, 1000);
	say_hint(6);
	say_cooldown(0, 1000);
	say_hint(7);
	pass(2000);
	no_request();
	say_hint(7);
	next_request("sendChatAction");
}

/* Neither a cooldown nor a second attempt comes of it. */
static void what_becomes_of_a_hint_does_not_matter(void **state)
{
	static const struct {
		int status;
		const char *body;
	} rows[] = {
		{ 429, NULL },
		{ 401, UNAUTHORIZED },
		{ 400, "{\"ok\":false,\"error_code\":400}" },
		{ 502, "<html>" },
		{ 0, "" },
	};
	struct request hint;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		say_hint(5);
		hint = next_request("sendChatAction");
		answer(&hint, rows[i].status, rows[i].body ? rows[i].body : too_many(60));
		hear_nothing();
		no_request();
	}
	say_hint(5);
	hint = next_request("sendChatAction");
	assert_true(write_request(&hint, 1));
	assert_false(write_request(&hint, 2)); /* not on another connection */
	end_request(&hint, 0, true, "");
	say_message(1, 5);
	next_request("sendMessage");
}

/* Only a child that was taken over asks for another. */
static void no_other_method_is_a_hint(void **state)
{
	static const char garbage[] = "x";

	(void)state;
	say_hint_of("sendMessage", 5);
	say_hint_of("logOut", 5);
	say(WIRE_HINT, garbage, sizeof(garbage), NULL, 0);
	turn();
	no_request();
	hear_nothing();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_hint_is_made_and_nothing_is_told_of_it),
		TEST(an_answer_waits_for_the_hint_before_it),
		TEST(a_hint_never_waits),
		TEST(what_becomes_of_a_hint_does_not_matter),
		TEST(no_other_method_is_a_hint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
