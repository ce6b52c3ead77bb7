/* test_cooled.c - scopes that are silent, until they are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "workers/parent/cooled.h"

static uint64_t until_ms(const struct cooled *cooled, int64_t chat_id)
{
	for (size_t i = 0; i < cooled->count; i++)
		if (cooled->scopes[i].chat_id == chat_id)
			return cooled->scopes[i].until_ms;
	return 0;
}

static void each_scope_is_kept_once_for_the_longer_time(void **state)
{
	struct cooled cooled = { 0 };

	(void)state;
	cooled_note(&cooled, 1, 1000, 5000);
	cooled_note(&cooled, 0, 1000, 3000);
	cooled_note(&cooled, 1, 1000, 4000);
	cooled_note(&cooled, 0, 1000, 6000);
	assert_int_equal(cooled.count, 2);
	assert_int_equal(until_ms(&cooled, 1), 5000);
	assert_int_equal(until_ms(&cooled, 0), 6000);
	cooled_finish(&cooled);
}

static void what_is_over_is_forgotten(void **state)
{
	struct cooled cooled = { 0 };

	(void)state;
	for (int64_t chat = 1; chat <= 100; chat++)
		cooled_note(&cooled, chat, 1000, 1000 + (uint64_t)chat);
	assert_int_equal(cooled.count, 100);
	cooled_note(&cooled, 200, 1050, 2000);
	assert_int_equal(cooled.count, 51);
	assert_int_equal(until_ms(&cooled, 50), 0);
	assert_int_equal(until_ms(&cooled, 51), 1051);
	cooled_finish(&cooled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_scope_is_kept_once_for_the_longer_time),
		cmocka_unit_test(what_is_over_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
