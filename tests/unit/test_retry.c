/* test_retry.c - when a call is retried: the table of retry.h, and that of the methods. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "workers/sender/retry.h"
#include "workers/wire/method.h"

static void a_flood_answer_is_obeyed_exactly(void **state)
{
	const struct retry_case reply = {
		.outcome = OUTCOME_TOO_MANY, .written = true, .tries = 50, .retry_after_s = 10072
	};
	struct retry_case blocked = reply;

	(void)state;
	assert_true(retry_decide(&reply).again);
	assert_int_equal(retry_decide(&reply).after_ms, 10072000);
	blocked.want_result = true;
	assert_false(retry_decide(&blocked).again);
	blocked.retry_after_s = 2;
	assert_int_equal(retry_decide(&blocked).after_ms, 2000);
}

static void what_was_not_written_is_tried_for_ever(void **state)
{
	struct retry_case it = { .outcome = OUTCOME_NETWORK, .tries = 1 };

	(void)state;
	assert_true(retry_decide(&it).again);
	assert_int_equal(retry_decide(&it).after_ms, 500);
	it.tries = 4;
	assert_int_equal(retry_decide(&it).after_ms, 4000);
	it.tries = 1000;
	assert_true(retry_decide(&it).again);
	assert_int_equal(retry_decide(&it).after_ms, 30000);
	it.want_result = true;
	assert_false(retry_decide(&it).again);
}

static void what_may_have_been_done_is_repeated_only_if_harmless(void **state)
{
	struct retry_case it = { .outcome = OUTCOME_SERVER_ERROR, .written = true, .tries = 1 };

	(void)state;
	assert_false(retry_decide(&it).again);
	it.harmless = true;
	assert_true(retry_decide(&it).again);
	it.tries = 8;
	assert_false(retry_decide(&it).again);
}

static void a_refusal_is_final_and_a_migration_happens_once(void **state)
{
	struct retry_case it = { .outcome = OUTCOME_BLOCKED, .harmless = true, .tries = 1 };

	(void)state;
	assert_false(retry_decide(&it).again);
	it.outcome = OUTCOME_MIGRATED;
	assert_true(retry_decide(&it).again);
	it.tries = 2;
	assert_false(retry_decide(&it).again);
}

static void a_refused_token_is_no_try(void **state)
{
	struct retry_case it = { .outcome = OUTCOME_UNAUTHORIZED, .written = true, .refusals = 1 };

	(void)state;
	for (int wanted = 0; wanted < 2; wanted++) {
		it.want_result = wanted;
		it.refusals = 1;
		assert_true(retry_decide(&it).again);
		assert_int_equal(retry_decide(&it).after_ms, 0);
		it.refusals = 2;
		assert_true(retry_decide(&it).again);
		assert_int_equal(retry_decide(&it).after_ms, 500);
		it.refusals = wanted ? 3 : 8;
		assert_false(retry_decide(&it).again);
	}
	/* With a valid token it is a method that Telegram does not know. */
	it = (struct retry_case) { .outcome = OUTCOME_REFUSED, .refusals = 1, .not_found = true };
	assert_true(retry_decide(&it).again);
	it.refusals = 2;
	assert_false(retry_decide(&it).again);
	it.refusals = 0;
	assert_false(retry_decide(&it).again);
}

static void methods_know_whether_they_may_be_repeated(void **state)
{
	(void)state;
	assert_int_equal(method_find(text_of("sendMessage")), METHOD_SEND_MESSAGE);
	assert_int_equal(method_find(text_of("sendMessag")), METHOD_OTHER);
	assert_false(method_is_harmless(METHOD_SEND_MESSAGE, text_of("sendMessage")));
	assert_true(method_is_harmless(METHOD_DELETE_MESSAGE, text_of("deleteMessage")));
	assert_true(method_is_harmless(METHOD_OTHER, text_of("setChatTitle")));
	assert_false(method_is_harmless(METHOD_OTHER, text_of("settle")));
	assert_false(method_is_harmless(METHOD_OTHER, text_of("createForumTopic")));
	assert_false(method_is_harmless(METHOD_OTHER, text_of("sendSomethingNew")));
	assert_string_equal(method_names[METHOD_OTHER], "other");
	assert_null(method_names[METHOD_COUNT]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flood_answer_is_obeyed_exactly),
		cmocka_unit_test(what_was_not_written_is_tried_for_ever),
		cmocka_unit_test(what_may_have_been_done_is_repeated_only_if_harmless),
		cmocka_unit_test(a_refusal_is_final_and_a_migration_happens_once),
		cmocka_unit_test(a_refused_token_is_no_try),
		cmocka_unit_test(methods_know_whether_they_may_be_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
