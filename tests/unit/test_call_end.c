/* test_call_end.c - durations become moments when a call is made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "workers/wire/call_end.h"

#define SAID 1000000

static void becomes(const char *body, int64_t after_s, const char *wanted)
{
	char *text = call_body_with_ends(text_of(body), SAID, SAID + after_s);

	assert_non_null(text);
	assert_string_equal(text, wanted);
	free(text);
}

static void a_duration_counts_from_when_it_was_said(void **state)
{
	(void)state;
	becomes("{\"until_date\":600}", 0, "{\"until_date\":1000600}");
	/* Made later, or again. */
	becomes("{\"until_date\":600}", 500, "{\"until_date\":1000600}");
	becomes("{\"a\":1,\"expire_date\":60}", 1, "{\"a\":1,\"expire_date\":1000060}");
	becomes("{\"close_date\":60}", 1, "{\"close_date\":1000060}");
	becomes("{\"b\":{\"send_date\":900}}", 1, "{\"b\":{\"send_date\":1000900}}");
	becomes("[{\"emoji_status_expiration_date\":60}]", 1,
		"[{\"emoji_status_expiration_date\":1000060}]");
}

/* Telegram takes less than 30 s for ever. */
static void the_nearest_end_is_the_nearest_that_telegram_takes(void **state)
{
	(void)state;
	becomes("{\"until_date\":1}", 0, "{\"until_date\":1000031}");
	becomes("{\"until_date\":30}", 0, "{\"until_date\":1000031}");
	becomes("{\"until_date\":31}", 0, "{\"until_date\":1000031}");
	becomes("{\"until_date\":-5}", 0, "{\"until_date\":1000031}");
	becomes("{\"until_date\":600}", 590, "{\"until_date\":1000621}");
	becomes("{\"until_date\":600}", 86400, "{\"until_date\":1086431}");
	becomes("{\"close_date\":2}", 0, "{\"close_date\":1000006}");
	becomes("{\"expire_date\":2}", 100, "{\"expire_date\":1000101}");
}

static void what_has_no_end_stays(void **state)
{
	static const char *const bodies[] = {
		"{}",
		"{\"until_date\":0}",
		"{\"until_date\":\"600\"}",
		"{\"live_period\":60}",
		"{\"text\":\"until_date\"}",
		"{",
		"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_null(call_body_with_ends(text_of(bodies[i]), SAID, SAID));
	becomes("{\"until_date\":9223372036854775807}", 0, "{\"until_date\":9223372036854775807}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_duration_counts_from_when_it_was_said),
		cmocka_unit_test(the_nearest_end_is_the_nearest_that_telegram_takes),
		cmocka_unit_test(what_has_no_end_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
