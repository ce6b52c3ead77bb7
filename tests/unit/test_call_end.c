/* test_call_end.c - durations become moments when a call is made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "botapi/botapi.h"
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

/* --- the Bot API ------------------------------------------------------------------------------ */

static bool seen[4096];

static bool is_date(const char *name)
{
	size_t length = strlen(name);

	return length > 5 && strcmp(name + length - 5, "_date") == 0;
}

static void look_at(uint16_t index);

static void look_at_fields(size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++) {
		const struct botapi_field *field = &botapi_fields[i];

		if (botapi_types[field->type].kind == BOTAPI_INTEGER && is_date(field->name) &&
		    !call_end_find(text_of(field->name)))
			fail_msg("%s is a moment, and no duration", field->name);
		look_at(field->type);
	}
}

static void look_at(uint16_t index)
{
	const struct botapi_type *type = &botapi_types[index];

	if (seen[index])
		return;
	seen[index] = true;
	if (type->kind == BOTAPI_OBJECT)
		look_at_fields(botapi_objects[type->first].first,
			       botapi_objects[type->first].count);
	else if (type->kind == BOTAPI_ARRAY)
		look_at(type->first);
	for (size_t i = 0; type->kind == BOTAPI_ANY && i < type->count; i++)
		look_at(botapi_alternatives[type->first + i]);
}

/* Whatever a method takes, at any depth. */
static void no_moment_of_the_bot_api_is_missing(void **state)
{
	(void)state;
	for (size_t i = 0; i < botapi_methods_count; i++)
		look_at_fields(botapi_methods[i].first, botapi_methods[i].count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_duration_counts_from_when_it_was_said),
		cmocka_unit_test(the_nearest_end_is_the_nearest_that_telegram_takes),
		cmocka_unit_test(what_has_no_end_stays),
		cmocka_unit_test(no_moment_of_the_bot_api_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
