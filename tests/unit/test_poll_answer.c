/* test_poll_answer.c - what the answers of the Bot API mean for the poller. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/xalloc.h"
#include "ingress/intake/poll_answer.h"

static struct poll_answer read_body(int status, const char *body)
{
	struct http_answer http = { .result = HTTP_ANSWERED,
				    .status = status,
				    .body = body,
				    .size = strlen(body),
				    .error = "" };
	struct poll_answer answer;

	poll_answer_read(&http, &answer);
	return answer;
}

static void a_batch_is_not_looked_into(void **state)
{
	(void)state;
	assert_true(read_body(200, "{\"ok\":true,\"result\":[]}").ok);
	assert_true(read_body(200, "{\"ok\":true,\"result\":[{").ok);
	assert_true(read_body(200, "{ \"result\": [], \"ok\": true }").ok);
}

/* Another way to write the same, and what a strict reader refuses: none of it is about the call. */
static void what_is_odd_in_an_update_does_not_stop_the_others(void **state)
{
	static const char *const bodies[] = {
		"{\"ok\": true, \"result\": [{\"update_id\": 1, \"message\": {\"text\": "
		"\"\\u0000\"}}]}",
		"{\"ok\": true, \"result\": [{\"update_id\": 1, \"x\": 99999999999999999999999}]}",
		"{\"ok\": true, \"result\": [{\"update_id\": 1, \"x\": \"\\ud800\"}]}",
		"{\"ok\" :\ttrue, \"result\": [{\"update_id\": 1, \"x\": \"\xff\"}]}",
		"\r\n{\"result\":[{\"update_id\": 1, \"ok\": false, \"x\": 1e999}], "
		"\"ok\"\n:\ntrue}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++)
		assert_true(read_body(200, bodies[i]).ok);
	assert_false(read_body(200, "{\"x\": {\"ok\": true}, \"ok\": \"true\"}").ok);
	assert_int_equal(read_body(409,
				   "{ \"ok\" : false, \"error_code\" : 409, \"x\": \"\\u0000\", "
				   "\"description\": \"Conflict: webhook is active\\u0000\"}")
				 .error,
			 POLL_ERROR_WEBHOOK_ACTIVE);
}

static void the_texts_of_409_are_told_apart(void **state)
{
	/* In the words of telegram-bot-api. */
	static const struct {
		const char *body;
		enum poll_error error;
	} cases[] = {
		{ "{\"ok\":false,\"error_code\":409,\"description\":\"Conflict: terminated by "
		  "other "
		  "getUpdates request; make sure that only one bot instance is running\"}",
		  POLL_ERROR_CONFLICT_POLLER },
		{ "{\"ok\":false,\"error_code\":409,\"description\":\"Conflict: terminated by "
		  "setWebhook request\"}",
		  POLL_ERROR_CONFLICT_WEBHOOK },
		{ "{\"ok\":false,\"error_code\":409,\"description\":\"Conflict: can't use "
		  "getUpdates "
		  "method while webhook is active; use deleteWebhook to delete the webhook "
		  "first\"}",
		  POLL_ERROR_WEBHOOK_ACTIVE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct poll_answer answer = read_body(409, cases[i].body);

		assert_false(answer.ok);
		assert_int_equal(answer.error, cases[i].error);
		assert_true(strlen(poll_error_advice(answer.error)) > 20);
	}
}

static void a_wrong_token_is_known_only_from_telegrams_own_words(void **state)
{
	(void)state;
	assert_int_equal(
		read_body(401, "{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}")
			.error,
		POLL_ERROR_UNAUTHORIZED);
	assert_int_equal(
		read_body(404, "{\"ok\":false,\"error_code\":404,\"description\":\"Not Found\"}")
			.error,
		POLL_ERROR_UNAUTHORIZED);
	assert_int_equal(read_body(404, "<html>nginx</html>").error, POLL_ERROR_NOT_JSON);
	/* Sent for a known token. */
	assert_int_equal(read_body(404,
				   "{\"ok\":false,\"error_code\":404,\"description\":\"Not Found: "
				   "method not found\"}")
				 .error,
			 POLL_ERROR_OTHER);
}

static bool is_about(int64_t bot_id, const char *body)
{
	struct http_answer http = {
		.result = HTTP_ANSWERED, .status = 200, .body = body, .size = strlen(body)
	};
	struct poll_answer answer = { .ok = true };

	poll_answer_expect_bot(&http, bot_id, &answer);
	return answer.ok;
}

static void get_me_must_be_about_this_bot(void **state)
{
	(void)state;
	assert_true(is_about(42, "{\"ok\":true,\"result\":{\"id\":42,\"is_bot\":true}}"));
	assert_false(is_about(42, "{\"ok\":true,\"result\":{\"id\":43,\"is_bot\":true}}"));
	assert_false(is_about(42, "{\"ok\":true,\"result\":{}}"));
	assert_false(is_about(42, "{\"ok\":true"));
}

static void silence_is_obeyed(void **state)
{
	struct poll_answer answer = read_body(
		429, "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry "
		     "after 17\",\"parameters\":{\"retry_after\":17}}");

	(void)state;
	assert_int_equal(answer.error, POLL_ERROR_TOO_MANY_REQUESTS);
	assert_int_equal(answer.retry_after_s, 17);
	answer = read_body(429, "{\"ok\":false,\"error_code\":429}");
	assert_true(answer.retry_after_s >= 1);
}

static void servers_in_trouble_and_strangers_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(
		read_body(502, "{\"ok\":false,\"error_code\":502,\"description\":\"Bad Gateway\"}")
			.error,
		POLL_ERROR_SERVER);
	assert_int_equal(read_body(503, "<html>").error, POLL_ERROR_SERVER);
	assert_int_equal(read_body(200, "<html>log in to the hotel</html>").error,
			 POLL_ERROR_NOT_JSON);
	assert_int_equal(read_body(200, "").error, POLL_ERROR_NOT_JSON);
	assert_int_equal(read_body(200, "[1,2]").error, POLL_ERROR_NOT_JSON);
	assert_int_equal(read_body(400, "{\"ok\":false,\"error_code\":400}").error,
			 POLL_ERROR_OTHER);
}

static void what_libcurl_says_is_translated(void **state)
{
	static const struct {
		enum http_result result;
		enum poll_error error;
	} cases[] = {
		{ HTTP_TIMED_OUT, POLL_ERROR_TIMEOUT },
		{ HTTP_NO_CONNECTION, POLL_ERROR_CONNECTION },
		{ HTTP_TLS_FAILED, POLL_ERROR_TLS },
		{ HTTP_INCOMPLETE, POLL_ERROR_INCOMPLETE },
		{ HTTP_TOO_LARGE, POLL_ERROR_TOO_LARGE },
		{ HTTP_FAILED, POLL_ERROR_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct http_answer http = { .result = cases[i].result, .error = "words" };
		struct poll_answer answer;

		poll_answer_read(&http, &answer);
		assert_false(answer.ok);
		assert_int_equal(answer.error, cases[i].error);
		assert_string_equal(answer.description, "words");
	}
}

static struct webhook_info read_info(const char *body)
{
	struct http_answer http = {
		.result = HTTP_ANSWERED, .status = 200, .body = body, .size = strlen(body)
	};
	struct webhook_info info;

	poll_answer_webhook(&http, "https://bot.example/secret-path?a=1", &info);
	return info;
}

static void what_telegram_says_of_the_webhook_is_read(void **state)
{
	struct webhook_info info = read_info(
		"{\"ok\":true,\"result\":{\"url\":\"https://bot.example/secret-path?a=1\","
		"\"has_custom_certificate\":false,\"pending_update_count\":12,"
		"\"last_error_date\":1700000000,\"last_error_message\":\"Wrong response from the "
		"webhook: 404 Not \\u0007Found /secret-path?a=1\",\"max_connections\":100}}");

	(void)state;
	assert_true(info.is_ours);
	assert_int_equal(info.pending, 12);
	assert_int_equal(info.last_error_s, 1700000000);
	assert_string_equal(info.last_error, "Wrong response from the webhook: 404 Not ?Found ***");
	info = read_info("{\"ok\":true,\"result\":{\"url\":\"https://bot.example/secret-path\","
			 "\"pending_update_count\":0}}");
	assert_false(info.is_ours);
	assert_int_equal(info.last_error_s, 0);
	assert_string_equal(info.last_error, "");
	assert_false(read_info("{\"ok\":true").is_ours);
	assert_true(
		read_info(
			"{\"ok\":true,\"result\":{\"url\":\"https://bot.example/secret-path?a=1\","
			"\"last_error_message\":\"\\u0000\"}}")
			.is_ours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_is_not_looked_into),
		cmocka_unit_test(what_is_odd_in_an_update_does_not_stop_the_others),
		cmocka_unit_test(the_texts_of_409_are_told_apart),
		cmocka_unit_test(a_wrong_token_is_known_only_from_telegrams_own_words),
		cmocka_unit_test(get_me_must_be_about_this_bot),
		cmocka_unit_test(silence_is_obeyed),
		cmocka_unit_test(servers_in_trouble_and_strangers_are_told_apart),
		cmocka_unit_test(what_libcurl_says_is_translated),
		cmocka_unit_test(what_telegram_says_of_the_webhook_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
