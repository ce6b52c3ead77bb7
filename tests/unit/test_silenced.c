/* test_silenced.c - groups where the bot may not write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "workers/sender/silenced.h"

#define REFUSAL(text)                                                       \
	{                                                                   \
		.status = CALL_REFUSED, .error_code = 400, .description = { \
			text,                                               \
			sizeof(text) - 1                                    \
		}                                                           \
	}

static const struct call_result silent = REFUSAL(
	"Bad Request: not enough rights to send text messages to the chat");
static const struct call_result fine = { .status = CALL_OK };

static struct send_call message_to(int64_t chat_id)
{
	return (struct send_call) { .call = { .chat_id = chat_id }, .method = METHOD_SEND_MESSAGE };
}

static void nothing_is_said_for_longer_and_longer(void **state)
{
	static const uint64_t waits[] = { 10000, 20000, 40000, 80000, 160000, 300000, 300000 };
	struct silenced silenced = { 0 };
	struct send_call call = message_to(-5), other = message_to(-6);
	uint64_t now_ms = 1000000;

	(void)state;
	assert_false(silenced_holds(&silenced, &call, now_ms));
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		assert_int_equal(silenced_learn(&silenced, &call, &silent, now_ms), SILENCED_NOW);
		assert_true(silenced_holds(&silenced, &call, now_ms + waits[i] - 1));
		assert_false(silenced_holds(&silenced, &other, now_ms));
		now_ms += waits[i];
		assert_false(silenced_holds(&silenced, &call, now_ms));
	}
	assert_int_equal(silenced_learn(&silenced, &call, &fine, now_ms), SILENCED_NO_MORE);
	assert_int_equal(silenced_learn(&silenced, &call, &fine, now_ms), SILENCED_UNCHANGED);
	assert_int_equal(silenced_learn(&silenced, &call, &silent, now_ms), SILENCED_NOW);
	assert_false(silenced_holds(&silenced, &call, now_ms + 10000));
}

static void new_rights_are_tried_at_once(void **state)
{
	struct silenced silenced = { 0 };
	struct send_call call = message_to(-5);

	(void)state;
	silenced_learn(&silenced, &call, &silent, 1000);
	silenced_forget(&silenced, -6);
	assert_true(silenced_holds(&silenced, &call, 1001));
	silenced_forget(&silenced, -5);
	assert_false(silenced_holds(&silenced, &call, 1001));
	/* What stands in Redis goes with the first message. */
	assert_int_equal(silenced_learn(&silenced, &call, &fine, 1002), SILENCED_NO_MORE);
}

static void other_refusals_and_other_calls_are_none(void **state)
{
	static const struct call_result others[] = {
		REFUSAL("Bad Request: TOPIC_CLOSED"),
		REFUSAL("Bad Request: not enough rights to send photos to the chat"),
		REFUSAL("Bad Request: message thread not found"),
		REFUSAL("Forbidden: bot was kicked from the supergroup chat"),
		{ .status = CALL_FAILED },
		{ .status = CALL_REFUSED, .error_code = 400 },
	};
	struct silenced silenced = { 0 };
	struct send_call call = message_to(-5), person = message_to(5), photo = message_to(-5);

	(void)state;
	photo.method = METHOD_SEND_PHOTO;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(silenced_learn(&silenced, &call, &others[i], 1000),
				 SILENCED_UNCHANGED);
	assert_int_equal(silenced_learn(&silenced, &person, &silent, 1000), SILENCED_UNCHANGED);
	assert_int_equal(silenced_learn(&silenced, &photo, &silent, 1000), SILENCED_UNCHANGED);
	assert_int_equal(silenced_learn(&silenced, &call, &silent, 1000), SILENCED_NOW);
	assert_false(silenced_holds(&silenced, &photo, 1001));
}

static void it_leaves_by_a_call_of_its_own(void **state)
{
	struct send_call *call = silenced_leave(-1001);

	(void)state;
	assert_true(call->hint);
	assert_int_equal(call->call.chat_id, -1001);
	assert_true(text_is(call->call.method, "leaveChat"));
	assert_true(text_is(call->call.body, "{\"chat_id\":-1001}"));
	send_call_free(call);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_said_for_longer_and_longer),
		cmocka_unit_test(new_rights_are_tried_at_once),
		cmocka_unit_test(other_refusals_and_other_calls_are_none),
		cmocka_unit_test(it_leaves_by_a_call_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
