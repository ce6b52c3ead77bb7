/* test_cooldown_list.c - scopes that are silent, until they are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "workers/parent/cooldown_list.h"

static uint64_t until_ms(const struct cooldown_list *cooldowns, int64_t chat_id)
{
	for (size_t i = 0; i < cooldowns->count; i++)
		if (cooldowns->scopes[i].chat_id == chat_id)
			return cooldowns->scopes[i].until_ms;
	return 0;
}

static void each_scope_is_kept_once_for_the_longer_time(void **state)
{
	struct cooldown_list cooldowns = { 0 };

	(void)state;
	cooldown_list_note(&cooldowns, 1, 1000, 5000);
	cooldown_list_note(&cooldowns, 0, 1000, 3000);
	cooldown_list_note(&cooldowns, 1, 1000, 4000);
	cooldown_list_note(&cooldowns, 0, 1000, 6000);
	assert_int_equal(cooldowns.count, 2);
	assert_int_equal(until_ms(&cooldowns, 1), 5000);
	assert_int_equal(until_ms(&cooldowns, 0), 6000);
	cooldown_list_finish(&cooldowns);
}

static void the_tokens_pause_is_told(void **state)
{
	struct cooldown_list cooldowns = { 0 };

	(void)state;
	assert_int_equal(cooldown_list_token_ms(&cooldowns, 1000), 0);
	cooldown_list_note(&cooldowns, 1, 1000, 9000);
	assert_int_equal(cooldown_list_token_ms(&cooldowns, 1000), 0);
	cooldown_list_note(&cooldowns, 0, 1000, 3000);
	assert_int_equal(cooldown_list_token_ms(&cooldowns, 1500), 1500);
	assert_int_equal(cooldown_list_token_ms(&cooldowns, 3000), 0);
	cooldown_list_finish(&cooldowns);
}

static void what_is_over_is_forgotten(void **state)
{
	struct cooldown_list cooldowns = { 0 };

	(void)state;
	for (int64_t chat = 1; chat <= 100; chat++)
		cooldown_list_note(&cooldowns, chat, 1000, 1000 + (uint64_t)chat);
	assert_int_equal(cooldowns.count, 100);
	cooldown_list_note(&cooldowns, 200, 1050, 2000);
	assert_int_equal(cooldowns.count, 51);
	assert_int_equal(until_ms(&cooldowns, 50), 0);
	assert_int_equal(until_ms(&cooldowns, 51), 1051);
	cooldown_list_finish(&cooldowns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_scope_is_kept_once_for_the_longer_time),
		cmocka_unit_test(the_tokens_pause_is_told),
		cmocka_unit_test(what_is_over_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
