/* test_call_answer.c - Telegram's answers: the fast path, refusals, garbage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "workers/wire/answer.h"

static struct arena arena;

static enum call_outcome read_answer(int status, const char *body, bool want_result,
				     struct call_result *out)
{
	return answer_read(status, body, strlen(body), want_result, &arena, out);
}

static enum call_outcome refusal(int code, const char *description)
{
	struct call_result result;
	char body[256];

	snprintf(body, sizeof(body), "{\"ok\":false,\"error_code\":%d,\"description\":\"%s\"}",
		 code, description);
	return read_answer(code, body, false, &result);
}

static void the_common_answer_is_not_parsed(void **state)
{
	struct call_result result;

	(void)state;
	assert_int_equal(
		read_answer(200, "{\"ok\":true,\"result\":{\"message_id\":7}}", false, &result),
		OUTCOME_OK);
	assert_int_equal(result.status, CALL_OK);
	assert_null(result.result.data);
	assert_int_equal(read_answer(200, "{\"ok\":true,\"result\":{\"id\":7}}\n", true, &result),
			 OUTCOME_OK);
	assert_true(text_is(result.result, "{\"id\":7}"));
}

static void another_form_of_the_same_is_read_too(void **state)
{
	struct call_result result;

	(void)state;
	assert_int_equal(read_answer(200, "{ \"result\": [1, 2], \"ok\": true }", true, &result),
			 OUTCOME_OK);
	assert_true(text_is(result.result, "[1,2]"));
	assert_int_equal(read_answer(200, "{\"ok\":true,\"description\":\"x\",\"result\":true}",
				     true, &result),
			 OUTCOME_OK);
	assert_true(text_is(result.result, "true"));
}

/* A call that Telegram has made is not made again because of what is odd in its answer. */
static void what_is_odd_in_an_answer_does_not_make_it_a_failure(void **state)
{
	static const char *const odd[] = { "{\"text\": \"\\u0000\"}", "{\"text\": \"\\ud800\"}",
					   "{\"id\": 99999999999999999999999}", "[1e999]" };
	struct call_result result;

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		char body[256];

		snprintf(body, sizeof(body), "{\"ok\": true, \"result\": %s}", odd[i]);
		assert_int_equal(read_answer(200, body, true, &result), OUTCOME_OK);
		assert_true(result.result.length > 2);
	}
	assert_int_equal(read_answer(400,
				     "{\"ok\": false, \"error_code\": 400, \"x\": 1e999, "
				     "\"description\": \"Bad Request: chat not found\"}",
				     false, &result),
			 OUTCOME_KICKED);
	arena_finish(&arena);
}

static void refusals_have_their_class(void **state)
{
	(void)state;
	assert_int_equal(refusal(403, "Forbidden: bot was blocked by the user"), OUTCOME_BLOCKED);
	assert_int_equal(refusal(403, "Forbidden: bot was kicked from the group chat"),
			 OUTCOME_KICKED);
	assert_int_equal(refusal(403, "Forbidden: something new"), OUTCOME_NO_RIGHTS);
	assert_int_equal(refusal(400, "Bad Request: not enough rights to send text messages"),
			 OUTCOME_NO_RIGHTS);
	assert_int_equal(refusal(400, "Bad Request: message to delete not found"), OUTCOME_GONE);
	assert_int_equal(refusal(400, "Bad Request: message is not modified: specified new"),
			 OUTCOME_NOT_MODIFIED);
	assert_int_equal(refusal(400, "Bad Request: query is too old and response timeout expired"),
			 OUTCOME_TOO_OLD);
	assert_int_equal(refusal(400, "Bad Request: can't parse entities"), OUTCOME_REFUSED);
	assert_int_equal(refusal(401, "Unauthorized"), OUTCOME_UNAUTHORIZED);
	assert_int_equal(refusal(499, "Bad Gateway"), OUTCOME_REFUSED);
	assert_int_equal(refusal(500, "Internal Server Error"), OUTCOME_SERVER_ERROR);
	assert_int_equal(refusal(502, "Bad Gateway"), OUTCOME_SERVER_ERROR);
	assert_true(outcome_is_expected(OUTCOME_BLOCKED));
	assert_false(outcome_is_expected(OUTCOME_REFUSED));
}

static bool refuses_token(int status, const char *body)
{
	struct call_result result;

	(void)read_answer(status, body, false, &result);
	return answer_refuses_token(&result);
}

static void a_refused_token_is_known_only_from_telegrams_own_words(void **state)
{
	(void)state;
	assert_true(refuses_token(
		401, "{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}"));
	assert_true(refuses_token(
		404, "{\"ok\":false,\"error_code\":404,\"description\":\"Not Found\"}"));
	assert_true(refuses_token(404, "{\"ok\":false,\"error_code\":404}"));
	/* A server that knows the token, but not the method. */
	assert_false(refuses_token(404, "{\"ok\":false,\"error_code\":404,\"description\":"
					"\"Not Found: method not found\"}"));
	assert_false(refuses_token(
		400, "{\"ok\":false,\"error_code\":400,\"description\":\"chat not found\"}"));
	/* A proxy's. */
	assert_false(refuses_token(401, "<html>401 Unauthorized</html>"));
	assert_false(refuses_token(404, "<html>404 Not Found</html>"));
	assert_false(refuses_token(401, "{\"message\":\"Unauthorized\"}"));
	assert_false(refuses_token(404, "[]"));
	assert_false(refuses_token(200, "{\"ok\":true,\"result\":true}"));
	assert_false(refuses_token(0, ""));
}

static void parameters_are_read_within_bounds(void **state)
{
	struct call_result result;

	(void)state;
	assert_int_equal(
		read_answer(
			429,
			"{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests\","
			"\"parameters\":{\"retry_after\":10072}}",
			false, &result),
		OUTCOME_TOO_MANY);
	assert_int_equal(result.retry_after_s, 10072);
	assert_int_equal(
		read_answer(429,
			    "{\"ok\":false,\"error_code\":429,\"parameters\":{\"retry_after\":-5}}",
			    false, &result),
		OUTCOME_TOO_MANY);
	assert_int_equal(result.retry_after_s, 0);
	assert_int_equal(read_answer(400,
				     "{\"ok\":false,\"error_code\":400,\"description\":\"x\","
				     "\"parameters\":{\"migrate_to_chat_id\":-1002147483648001}}",
				     false, &result),
			 OUTCOME_MIGRATED);
	assert_int_equal(result.migrate_to_chat_id, -1002147483648001);
}

static void what_is_quoted_of_a_message_is_left_out(void **state)
{
	static const struct {
		const char *said, *cleaned;
	} cases[] = {
		{ "Bad Request: chat not found", "Bad Request: chat not found" },
		{ "can't parse entities: end of 'it's me' isn't there",
		  "can't parse entities: end of '…' isn't there" },
		{ "button URL \"http://x\" is wrong, `b`", "button URL \"…\" is wrong, `…`" },
		{ "tag \"never closed", "tag \"…\"" },
		{ "\"\"", "\"…\"" },
		{ "'", "'…'" },
		{ "", "" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		answer_clean_description((struct text) { cases[i].said, strlen(cases[i].said) },
					 out, sizeof(out));
		assert_string_equal(out, cases[i].cleaned);
	}
	answer_clean_description((struct text) { "abcdefghij", 10 }, out, 5);
	assert_string_equal(out, "abcd");
}

static void garbage_is_no_answer(void **state)
{
	struct call_result result;

	(void)state;
	assert_int_equal(read_answer(502, "<html>Bad Gateway</html>", true, &result),
			 OUTCOME_SERVER_ERROR);
	assert_int_equal(result.status, CALL_FAILED);
	assert_int_equal(read_answer(200, "{\"ok\":tr", true, &result), OUTCOME_NETWORK);
	assert_int_equal(read_answer(200, "", false, &result), OUTCOME_NETWORK);
	assert_int_equal(read_answer(0, "", false, &result), OUTCOME_NETWORK);
	assert_int_equal(read_answer(200, "{\"ok\":true,\"result\":{\"half", false, &result),
			 OUTCOME_NETWORK);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_common_answer_is_not_parsed),
		cmocka_unit_test(another_form_of_the_same_is_read_too),
		cmocka_unit_test(what_is_odd_in_an_answer_does_not_make_it_a_failure),
		cmocka_unit_test(refusals_have_their_class),
		cmocka_unit_test(a_refused_token_is_known_only_from_telegrams_own_words),
		cmocka_unit_test(parameters_are_read_within_bounds),
		cmocka_unit_test(what_is_quoted_of_a_message_is_left_out),
		cmocka_unit_test(garbage_is_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
