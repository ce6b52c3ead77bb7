/* test_sender_calls.c - the calls of a sender: what is repeated, what is in doubt, cooldowns, moved
 * groups. The rules of retry.c, flood.c and queue.c have tests of their own. */
#include "tests/unit/sender_world.h"
#include "workers/sender/flood.h"
#include "tests/unit/standing_clock.h"

/* --- calls ------------------------------------------------------------------------------------ */

static void calls_of_a_chat_wait_for_each_other(void **state)
{
	struct request first;

	(void)state;
	say_message(1, 5);
	say_message(2, 5);
	say_message(3, 6);
	first = next_request("sendMessage");
	assert_int_equal(first.chat_id, 5);
	assert_int_equal(first.timeout_ms, 40000);
	assert_int_equal(next_request("sendMessage").chat_id, 6);
	no_request();
	answer(&first, 200, OK);
	hear_sent_of(1, OUTCOME_OK, true);
	assert_int_equal(next_request("sendMessage").chat_id, 5);
}

static void who_waits_for_the_result_gets_it(void **state)
{
	struct request request;

	(void)state;
	say_question(1, 5);
	request = next_request("getChat");
	answer(&request, 200, "{\"ok\":true,\"result\":{\"id\":5}}");
	assert_true(text_is(hear_result_of(1).result, "{\"id\":5}"));
	say_message(2, 5);
	request = next_request("sendMessage");
	answer(&request, 200, OK);
	assert_int_equal(hear(WIRE_SENT).size, sizeof(struct wire_sent));
}

/* For the log: what Telegram says, without what it quotes of a message; or why there is no answer.
 */
static void why_a_call_failed_is_told(void **state)
{
	static const char refusal[] =
		"{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: can't parse "
		"entities: Unsupported start tag \\\"secret\\\" at byte offset 7\"}";
	static const char cleaned[] =
		"Bad Request: can't parse entities: Unsupported start tag \"…\" at "
		"byte offset 7";
	struct request request;
	struct wire_sent sent;
	struct frame frame;

	(void)state;
	say_message(1, 5);
	request = next_request("sendMessage");
	answer(&request, 400, refusal);
	frame = hear(WIRE_SENT);
	assert_true(frame_head(&frame, &sent, sizeof(sent)));
	assert_int_equal(sent.why_size, strlen(cleaned));
	assert_memory_equal(frame.data, cleaned, strlen(cleaned));
	say_message(2, 5);
	request = next_request("sendMessage");
	end_request(&request, 0, false, "cannot connect: through the proxy 127.0.0.1:1");
	frame = hear(WIRE_SENT);
	assert_true(frame_head(&frame, &sent, sizeof(sent)));
	assert_false(sent.final);
	assert_true(sent.why_size > 0);
}

static void an_upload_has_more_time(void **state)
{
	const struct call_file file = { .part = { "file0", 5 }, .bytes = { "x", 1 } };
	const struct call call = {
		.method = { "sendPhoto", 9 }, .body = { "{}", 2 }, .files = &file, .files_count = 1
	};

	(void)state;
	say_call(1, 0, &call);
	assert_int_equal(next_request("sendPhoto").timeout_ms, 300000);
}

static void a_message_that_may_have_been_sent_is_not_sent_again(void **state)
{
	struct request request;

	(void)state;
	say_message(1, 5);
	request = next_request("sendMessage");
	assert_true(write_request(&request, 1));
	end_request(&request, 0, true, "");
	hear_sent_of(1, OUTCOME_NETWORK, true);
	pass(3600000);
	no_request();
}

static void what_was_certainly_not_sent_is_sent_again(void **state)
{
	struct request request;

	(void)state;
	say_message(1, 5);
	request = next_request("sendMessage");
	end_request(&request, 0, false, "");
	hear_sent_of(1, OUTCOME_NETWORK, false);
	pass(499);
	no_request();
	pass(1);
	request = next_request("sendMessage");
	answer(&request, 200, OK);
	hear_sent_of(1, OUTCOME_OK, true);
}

static void harmless_calls_are_repeated_but_for_at_most_once(void **state)
{
	struct call call = { .chat_id = 5, .method = { "deleteMessage", 13 }, .body = { "{}", 2 } };
	struct request request;

	(void)state;
	say_call(1, 0, &call);
	request = next_request("deleteMessage");
	answer(&request, 500, "");
	hear_sent_of(1, OUTCOME_SERVER_ERROR, false);
	call.chat_id = 6;
	call.at_most_once = true;
	say_call(2, 0, &call);
	request = next_request("deleteMessage");
	answer(&request, 500, "");
	hear_sent_of(2, OUTCOME_SERVER_ERROR, true);
}

/* libcurl repeats a request by itself when a kept connection was dead. */
static void a_second_writing_is_doubtful(void **state)
{
	struct call call = { .chat_id = 6,
			     .at_most_once = true,
			     .method = { "sendMessage", 11 },
			     .body = { "{}", 2 } };
	struct request request;

	(void)state;
	say_message(1, 5);
	request = next_request("sendMessage");
	assert_true(write_request(&request, 1));
	assert_true(write_request(&request, 2));
	end_request(&request, 200, true, OK);
	assert_int_equal(hear_sent().repeated, 1);
	say_call(2, 0, &call);
	request = next_request("sendMessage");
	assert_true(write_request(&request, 1));
	assert_false(write_request(&request, 2));
	end_request(&request, 0, true, "");
	hear_sent_of(2, OUTCOME_NETWORK, true);
}

static void refuse_call(const void *call, size_t size)
{
	const struct wire_send head = { .id = 9 };

	say(WIRE_SEND, &head, sizeof(head), call, size);
	turn();
	hear_sent_of(9, OUTCOME_REFUSED, true);
	no_request();
}

/* The handler of a call that was refused has its three tries all the same. */
static void refusals_of_the_token_are_no_tries(void **state)
{
	struct request request;

	(void)state;
	say_question(1, 5);
	request = next_request("getChat");
	answer(&request, 401, UNAUTHORIZED);
	hear(WIRE_CHECKING);
	hear_sent_of(1, OUTCOME_UNAUTHORIZED, false);
	request = next_request("getMe");
	answer(&request, 200, ME);
	hear(WIRE_BOT_IS);
	for (int try = 1; try <= 3; try++) {
		pass(1000);
		request = next_request("getChat");
		end_request(&request, 0, false, "");
		hear_sent_of(1, OUTCOME_NETWORK, try == 3);
	}
}

/* It counts from when it was said, however often it is tried. */
static void a_duration_becomes_a_moment(void **state)
{
	const struct call call = { .chat_id = 5,
				   .method = text_of("banChatMember"),
				   .body = text_of(
					   "{\"chat_id\":5,\"user_id\":7,\"until_date\":600}"),
				   .said_s = 4000000000 };
	struct request request;

	(void)state;
	say_call(1, 0, &call);
	for (int try = 1; try <= 3; try++) {
		request = next_request("banChatMember");
		assert_string_equal(request.body,
				    "{\"chat_id\":5,\"user_id\":7,\"until_date\":4000000600}");
		end_request(&request, try < 3 ? 0 : 200, true, try < 3 ? "" : OK);
		hear_sent_of(1, try < 3 ? OUTCOME_NETWORK : OUTCOME_OK, try == 3);
		pass(30000);
	}
}

static void what_is_no_call_is_refused_and_nothing_else(void **state)
{
	static const char long_one[] =
		"getMegetMegetMegetMegetMegetMegetMegetMegetMegetMegetMegetMegetMe";
	static const char *const methods[] = { "",       "../getMe", "getMe?x", "send Message",
					       "send/1", long_one };

	(void)state;
	refuse_call("nonsense", 8);
	refuse_call(NULL, 0);
	for (size_t i = 0; i < COUNT_OF(methods); i++) {
		const struct call call = { .method = { methods[i], strlen(methods[i]) },
					   .body = { "{}", 2 } };
		struct buffer encoded = { 0 };

		call_encode(&call, &encoded);
		refuse_call(buffer_unread(&encoded), buffer_unread_size(&encoded));
		buffer_finish(&encoded);
	}
	say_message(1, 5);
	next_request("sendMessage");
}

/* --- what a successor must doubt -------------------------------------------------------------- */

static void a_call_is_in_doubt_from_its_writing_until_the_parent_knows(void **state)
{
	struct request request;

	(void)state;
	say_message(1, 5);
	request = next_request("sendMessage");
	assert_false(is_on_scoreboard(1)); /* it waits for a connection */
	assert_true(write_request(&request, 1));
	assert_true(is_on_scoreboard(1));
	end_request(&request, 200, true, OK);
	assert_false(is_on_scoreboard(1));
	hear_sent_of(1, OUTCOME_OK, true);
}

/* The parent reads nothing: what was said may not have left. */
static void a_call_stays_in_doubt_while_its_end_cannot_be_said(void **state)
{
	struct order order = { .step = STEP_ANSWER,
			       .http_status = 200,
			       .written = true,
			       .body = "{\"ok\":true,\"result\":\"",
			       .spaces = 4u << 20, /* more than fits into the socket */
			       .tail = "\"}" };
	struct request request;
	struct frame frame;

	(void)state;
	say_question(1, 5);
	request = next_request("getChat");
	assert_true(write_request(&request, 1));
	order.tag = request.tag;
	give_order(&order);
	turn();
	assert_true(is_on_scoreboard(1));
	while (!next_frame(&frame))
		turn();
	assert_int_equal(frame.type, WIRE_SENT);
	turn();
	assert_false(is_on_scoreboard(1));
}

static void a_job_goes_on_in_time_and_is_told_what_is_in_doubt(void **state)
{
	struct call call = { .want_result = true,
			     .at_most_once = true,
			     .class = CALL_BULK,
			     .method = { "sendMessage", 11 },
			     .body = { "{}", 2 } };
	struct request request;

	(void)state;
	for (int i = 1; i <= 3; i++) {
		call.chat_id = -i;
		say_call((uint64_t)i, 0, &call);
	}
	request = next_request("sendMessage");
	assert_int_equal(request.chat_id, -1);
	no_request();
	say_message(9, 7); /* an answer waits for none of them */
	assert_int_equal(next_request("sendMessage").chat_id, 7);
	end_request(&request, 0, true, "");
	assert_int_equal(hear_result_of(1).status, CALL_IN_DOUBT);
	pass(999);
	no_request();
	pass(1);
	request = next_request("sendMessage");
	assert_int_equal(request.chat_id, -2);
	/* Into a chat where something was said a moment ago not at once. */
	pass(1000);
	assert_int_equal(next_request("sendMessage").chat_id, -3);
	answer(&request, 200, "{\"ok\":true,\"result\":{\"message_id\":1}}");
	assert_int_equal(hear_result_of(2).status, CALL_OK);
	call.chat_id = -2;
	say_call(4, 0, &call);
	pass(999);
	no_request();
	pass(1);
	assert_int_equal(next_request("sendMessage").chat_id, -2);
}

/* --- cooldowns -------------------------------------------------------------------------------- */

static void a_short_silence_is_waited_for_and_told(void **state)
{
	struct wire_cooldown cooldown;
	struct request request;

	(void)state;
	say_message(1, 5);
	request = next_request("sendMessage");
	answer(&request, 429, too_many(1));
	cooldown = hear_cooldown();
	assert_int_equal(cooldown.chat_id, 5);
	assert_int_equal(cooldown.remaining_ms, 1000);
	hear_sent_of(1, OUTCOME_TOO_MANY, false);
	say_message(2, 6);
	assert_int_equal(next_request("sendMessage").chat_id, 6);
	pass(999);
	no_request();
	pass(1);
	request = next_request("sendMessage");
	assert_int_equal(request.chat_id, 5);
	answer(&request, 200, OK);
	hear_sent_of(1, OUTCOME_OK, true);
	hear_nothing();
}

static void replies_into_a_long_silence_go_back_and_others_wait(void **state)
{
	const struct call call = { .chat_id = 5,
				   .method = { "setMyCommands", 13 },
				   .body = { "{}", 2 } };
	struct call_result result;
	struct wire_back back;

	(void)state;
	say_cooldown(5, 8500);
	say_message(1, 5);
	back = hear_back();
	assert_int_equal(back.id, 1);
	assert_int_equal(back.after_ms, 8500);
	/* A handler that waits is told what Telegram would say. */
	say_question(2, 5);
	result = hear_result_of(2);
	assert_int_equal(result.status, CALL_REFUSED);
	assert_int_equal(result.error_code, 429);
	assert_int_equal(result.retry_after_s, 9);
	say_call(3, 0, &call);
	hear_nothing();
	pass(8499);
	no_request();
	pass(1);
	next_request("setMyCommands");
}

static void a_long_refusal_goes_back_behind_its_report(void **state)
{
	struct request request;

	(void)state;
	say_message(1, 5);
	say_message(2, 5);
	request = next_request("sendMessage");
	answer(&request, 429, too_many(30));
	assert_int_equal(hear_cooldown().remaining_ms, 30000);
	hear_sent_of(1, OUTCOME_TOO_MANY, false);
	assert_int_equal(hear_back().id, 1);
	assert_int_equal(hear_back().id, 2);
	assert_false(is_on_scoreboard(1));
	hear_nothing();
}

static void the_whole_token_is_silent_when_chats_are_that_cannot_be_at_fault(void **state)
{
	struct request request;

	(void)state;
	for (uint64_t id = 1; id <= 3; id++) {
		say_message(id, (int64_t)id);
		request = next_request("sendMessage");
		answer(&request, 429, too_many(60));
		assert_int_equal(hear_cooldown().chat_id, id);
		if (id < 3) {
			hear_sent_of(id, OUTCOME_TOO_MANY, false);
			assert_int_equal(hear_back().id, id);
		}
	}
	assert_int_equal(hear_cooldown().chat_id, 0);
	hear_sent_of(3, OUTCOME_TOO_MANY, false);
	assert_int_equal(hear_back().id, 3);
	say_message(4, 44);
	assert_int_equal(hear_back().id, 4);
	no_request();
}

static void chats_with_many_messages_are_at_fault_themselves(void **state)
{
	struct request request;

	(void)state;
	for (uint64_t id = 1; id <= 12; id++) {
		const uint64_t chat = (id + 3) / 4;

		say_message(id, (int64_t)chat);
		request = next_request("sendMessage");
		if (id % 4) {
			answer(&request, 200, OK);
			hear_sent_of(id, OUTCOME_OK, true);
			continue;
		}
		answer(&request, 429, too_many(60));
		assert_int_equal(hear_cooldown().chat_id, chat);
		hear_sent_of(id, OUTCOME_TOO_MANY, false);
		assert_int_equal(hear_back().id, id);
	}
	hear_nothing();
}

static void what_other_pools_met_counts_too(void **state)
{
	struct request request;

	(void)state;
	say_cooldown(101, 60000);
	say_cooldown(102, 60000);
	say_message(1, 103);
	request = next_request("sendMessage");
	answer(&request, 429, too_many(60));
	assert_int_equal(hear_cooldown().chat_id, 103);
	assert_int_equal(hear_cooldown().chat_id, 0);
}

/* Those of the same second say the same of the token. */
static void a_silence_that_is_known_is_not_told_again(void **state)
{
	struct request began[2 * FLOOD_CHATS];

	(void)state;
	for (uint64_t id = 1; id <= 2 * FLOOD_CHATS; id++) {
		say_message(id, (int64_t)id);
		began[id - 1] = next_request("sendMessage");
	}
	for (uint64_t id = 1; id <= 2 * FLOOD_CHATS; id++) {
		answer(&began[id - 1], 429, too_many(1));
		assert_int_equal(hear_cooldown().chat_id, id);
		/* Three chats are the token; the next three say the same of it. */
		if (id == FLOOD_CHATS)
			assert_int_equal(hear_cooldown().chat_id, 0);
		hear_sent_of(id, OUTCOME_TOO_MANY, false);
	}
	hear_nothing();
}

/* Whom it was for has stopped waiting by then; everybody else has not. */
static void an_answer_without_a_chat_is_silenced_alone(void **state)
{
	const struct call call = { .method = { "answerInlineQuery", 17 }, .body = { "{}", 2 } };
	struct request first, second;

	(void)state;
	say_call(1, WIRE_CALL_MAY_WAIT, &call);
	first = next_request("answerInlineQuery");
	answer(&first, 429, too_many(3));
	hear_sent_of(1, OUTCOME_TOO_MANY, false);
	/* It waits at ingress, which drops it when nobody waits for it any more. */
	assert_int_equal(hear_back().after_ms, 3000);
	say_message(2, 7);
	second = next_request("sendMessage");
	answer(&second, 200, "{\"ok\":true,\"result\":true}");
	hear_sent_of(2, OUTCOME_OK, true);
	hear_nothing();
}

/* --- moved groups ----------------------------------------------------------------------------- */

static void a_call_follows_its_group_once(void **state)
{
	static const char moved[] = "{\"ok\":false,\"error_code\":400,\"description\":\"moved\","
				    "\"parameters\":{\"migrate_to_chat_id\":-100}}";
	struct wire_migrated migrated;
	struct request request;

	(void)state;
	say_message(1, -5);
	request = next_request("sendMessage");
	answer(&request, 400, moved);
	migrated = hear_migrated();
	assert_int_equal(migrated.from, -5);
	assert_int_equal(migrated.to, -100);
	hear_sent_of(1, OUTCOME_MIGRATED, false);
	request = next_request("sendMessage");
	assert_string_equal(request.body, "{\"text\":1,\"chat_id\":-100}");
	answer(&request, 400, moved);
	hear_migrated();
	hear_sent_of(1, OUTCOME_MIGRATED, true);
	no_request();
}

/* --- what no child may do --------------------------------------------------------------------- */

static void refused(uint64_t id, const struct call *call)
{
	struct call_result result;

	say_call(id, 0, call);
	no_request();
	result = hear_result_of(id);
	assert_int_equal(result.status, CALL_REFUSED);
	assert_int_equal(result.error_code, 400);
	assert_int_not_equal(result.description.length, 0);
}

/* call_check.h says which; here: nothing of it reaches Telegram, and the next call of the chat
 * does. */
static void a_call_that_no_child_may_make_is_not_made(void **state)
{
	const struct call webhook = { .want_result = true,
				      .method = { "setWebhook", 10 },
				      .body = { "{\"url\":\"https://a\"}", 19 } };
	const struct call elsewhere = { .chat_id = 5,
					.want_result = true,
					.method = { "sendMessage", 11 },
					.body = { "{\"chat_id\":6}", 13 } };

	(void)state;
	refused(1, &webhook);
	refused(2, &elsewhere);
	say_message(3, 5);
	assert_int_equal(next_request("sendMessage").chat_id, 5);
}

/* --- rights of administrators ----------------------------------------------------------------- */

#define ADMIN "{\"ok\":true,\"result\":{\"status\":\"administrator\"}}"

static struct request ask_about_member(uint64_t id)
{
	const struct call call = { .chat_id = -5,
				   .want_result = true,
				   .method = text_of("getChatMember"),
				   .body = text_of("{\"chat_id\":-5,\"user_id\":7}") };

	say_call(id, 0, &call);
	return next_request("getChatMember");
}

static void forget_rights(uint64_t id)
{
	const struct call call = { .chat_id = -5,
				   .want_result = true,
				   .method = text_of(CALL_FORGET_RIGHTS) };

	say_call(id, 0, &call);
	no_request();
	assert_int_equal(hear_result_of(id).status, CALL_OK);
}

static bool knows_member(void)
{
	uint32_t bits;

	return rights_find(rights, -5, 7, &bits) && bits & 1u << MEMBER_ADMIN;
}

static void it_stores_the_rights_that_telegram_tells(void **state)
{
	struct request request = ask_about_member(1);

	(void)state;
	assert_false(knows_member());
	answer(&request, 200, ADMIN);
	assert_int_equal(hear_result_of(1).status, CALL_OK);
	assert_true(knows_member());
	forget_rights(2);
	assert_false(knows_member());
}

/* The answer may be from before the change. */
static void it_does_not_store_what_was_asked_before_a_change(void **state)
{
	struct request request = ask_about_member(1);

	(void)state;
	forget_rights(2);
	answer(&request, 200, ADMIN);
	hear_result_of(1);
	assert_false(knows_member());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_job_goes_on_in_time_and_is_told_what_is_in_doubt),
		TEST(calls_of_a_chat_wait_for_each_other),
		TEST(who_waits_for_the_result_gets_it),
		TEST(why_a_call_failed_is_told),
		TEST(an_upload_has_more_time),
		TEST(a_message_that_may_have_been_sent_is_not_sent_again),
		TEST(what_was_certainly_not_sent_is_sent_again),
		TEST(harmless_calls_are_repeated_but_for_at_most_once),
		TEST(a_second_writing_is_doubtful),
		TEST(refusals_of_the_token_are_no_tries),
		TEST(a_duration_becomes_a_moment),
		TEST(what_is_no_call_is_refused_and_nothing_else),
		TEST(a_call_is_in_doubt_from_its_writing_until_the_parent_knows),
		TEST(a_call_stays_in_doubt_while_its_end_cannot_be_said),
		TEST(a_short_silence_is_waited_for_and_told),
		TEST(replies_into_a_long_silence_go_back_and_others_wait),
		TEST(a_long_refusal_goes_back_behind_its_report),
		TEST(the_whole_token_is_silent_when_chats_are_that_cannot_be_at_fault),
		TEST(chats_with_many_messages_are_at_fault_themselves),
		TEST(what_other_pools_met_counts_too),
		TEST(a_silence_that_is_known_is_not_told_again),
		TEST(an_answer_without_a_chat_is_silenced_alone),
		TEST(a_call_follows_its_group_once),
		TEST(a_call_that_no_child_may_make_is_not_made),
		TEST(it_stores_the_rights_that_telegram_tells),
		TEST(it_does_not_store_what_was_asked_before_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
