/* test_token_check.c - when a token counts as permanently refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/token_check.h"

#define FIRST_S 1764400000 /* 2025-11-29 07:06:40 UTC */

/* The number of refusals until it is permanent, including the first, and the pauses between them.
 */
static unsigned refuse_for_good(struct token_check *check, uint64_t *sum_ms)
{
	unsigned refusals = 1;
	uint64_t pause_ms, before_ms = 0;

	for (*sum_ms = 0; token_check_refused(check, &pause_ms); refusals++) {
		assert_true(token_check_is_open(check));
		assert_true(pause_ms > before_ms || refusals == 1);
		before_ms = pause_ms;
		*sum_ms += pause_ms;
	}
	return refusals;
}

static void a_refusal_is_final_after_a_minute_of_them(void **state)
{
	struct token_check check = { 0 };
	uint64_t sum_ms;
	unsigned refusals;

	(void)state;
	assert_false(token_check_is_open(&check));
	refusals = refuse_for_good(&check, &sum_ms);
	assert_in_range(sum_ms, 60000, 90000);
	assert_in_range(refusals, 4, 10);
	/* It stays so. */
	assert_false(token_check_refused(&check, &sum_ms));
}

static void get_me_is_asked_at_once_and_an_answer_ends_it(void **state)
{
	struct token_check check = { 0 };
	uint64_t pause_ms = 1, sum_ms;

	(void)state;
	assert_true(token_check_refused(&check, &pause_ms));
	assert_int_equal(pause_ms, 0);
	assert_true(token_check_refused(&check, &pause_ms));
	assert_true(token_check_refused(&check, &pause_ms));
	token_check_close(&check);
	assert_false(token_check_is_open(&check));
	/* Earlier refusals do not count. */
	(void)refuse_for_good(&check, &sum_ms);
	assert_in_range(sum_ms, 60000, 90000);
}

static void people_are_told_until_when_it_is_asked(void **state)
{
	struct token_check check = { 0 };
	uint64_t pause_ms;
	char text[128];

	(void)state;
	assert_true(token_check_refused(&check, &pause_ms));
	token_check_describe(&check, FIRST_S, text, sizeof(text));
	assert_string_equal(text, "Telegram refuses this token: asking again until 07:07:43 UTC");
	/* Only the remaining pauses count. */
	for (int i = 0; i < 6; i++)
		assert_true(token_check_refused(&check, &pause_ms));
	token_check_describe(&check, FIRST_S, text, sizeof(text));
	assert_string_equal(text, "Telegram refuses this token: asking again until 07:07:12 UTC");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refusal_is_final_after_a_minute_of_them),
		cmocka_unit_test(get_me_is_asked_at_once_and_an_answer_ends_it),
		cmocka_unit_test(people_are_told_until_when_it_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
