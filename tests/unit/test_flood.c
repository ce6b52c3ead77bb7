/* test_flood.c - what a 429 applies to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "workers/sender/flood.h"

static enum flood_scope refuse(struct flood *flood, int64_t chat_id, uint64_t now_ms,
			       uint64_t *until_ms)
{
	const struct call call = { .chat_id = chat_id };

	return flood_refused(flood, &call, now_ms, until_ms);
}

static void pass(struct flood *flood, int64_t chat_id, uint64_t began_ms)
{
	const struct call call = { .chat_id = chat_id };

	flood_passed(flood, &call, began_ms + 50, began_ms);
}

static void one_chat_is_that_chat_however_often(void **state)
{
	struct flood flood = { 0 };
	uint64_t until_ms = 5000;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(refuse(&flood, 1, 1000, &until_ms), FLOOD_CHAT);
	assert_int_equal(refuse(&flood, 2, 1000, &until_ms), FLOOD_CHAT);
	assert_int_equal(until_ms, 5000);
}

static void chats_that_are_silent_together_are_the_token(void **state)
{
	struct flood flood = { 0 };
	uint64_t first_ms = 5000, until_ms = 6000;

	(void)state;
	assert_int_equal(refuse(&flood, 1, 1000, &first_ms), FLOOD_CHAT);
	assert_int_equal(refuse(&flood, 2, 1001, &until_ms), FLOOD_CHAT);
	assert_int_equal(refuse(&flood, 3, 1002, &until_ms), FLOOD_TOKEN);
	assert_int_equal(until_ms, 5000);
	until_ms = 6000;
	assert_int_equal(refuse(&flood, 4, 5001, &until_ms), FLOOD_CHAT);
	assert_int_equal(until_ms, 6000);
}

static void what_went_well_since_speaks_for_the_token(void **state)
{
	struct flood flood = { 0 };
	uint64_t until_ms = 60000;

	(void)state;
	refuse(&flood, 1, 1000, &until_ms);
	refuse(&flood, 2, 1001, &until_ms);
	pass(&flood, 9, 1002);
	assert_int_equal(refuse(&flood, 3, 1003, &until_ms), FLOOD_CHAT);
	refuse(&flood, 4, 1004, &until_ms);
	/* It began before, and has no chat: neither proves anything. */
	pass(&flood, 9, 1002);
	pass(&flood, 0, 1005);
	assert_int_equal(refuse(&flood, 5, 1006, &until_ms), FLOOD_TOKEN);
}

static void a_silence_that_is_over_does_not_count(void **state)
{
	struct flood flood = { 0 };
	uint64_t short_ms = 2000, until_ms = 60000;

	(void)state;
	refuse(&flood, 1, 1000, &short_ms);
	refuse(&flood, 2, 1001, &until_ms);
	assert_int_equal(refuse(&flood, 3, 2000, &until_ms), FLOOD_CHAT);
	assert_int_equal(refuse(&flood, 4, 2001, &until_ms), FLOOD_TOKEN);
}

static void what_others_were_told_counts_with_an_own_refusal(void **state)
{
	struct flood flood = { 0 };
	uint64_t until_ms = 5000;

	(void)state;
	for (int64_t chat = 1; chat < 6; chat++)
		flood_note(&flood, chat, 1000, 4000);
	assert_int_equal(refuse(&flood, 6, 1001, &until_ms), FLOOD_TOKEN);
	assert_int_equal(until_ms, 4000);
}

static void a_chat_that_had_many_messages_has_a_limit_of_its_own(void **state)
{
	struct flood flood = { 0 };
	uint64_t until_ms = 90000;

	(void)state;
	for (int64_t chat = 1; chat < 9; chat++)
		for (int i = 0; i < 4; i++)
			pass(&flood, chat, 1000);
	for (int64_t chat = 1; chat < 9; chat++)
		assert_int_equal(refuse(&flood, chat, 2000, &until_ms), FLOOD_CHAT);
	/* A minute later these are few. */
	for (int64_t chat = 1; chat < 3; chat++)
		assert_int_equal(refuse(&flood, chat, 62000, &until_ms), FLOOD_CHAT);
	assert_int_equal(refuse(&flood, 3, 62000, &until_ms), FLOOD_TOKEN);
}

static void a_job_finds_room_beside_answers(void **state)
{
	const struct call job = { .chat_id = 5, .class = CALL_BULK };
	struct flood flood = { 0 };

	(void)state;
	assert_int_equal(flood_room_ms(&flood, &job, 60000), 0);
	pass(&flood, 5, 60000);
	assert_int_equal(flood_room_ms(&flood, &job, 60500), 61050);
	for (unsigned i = 1; i < FLOOD_ROOM; i++)
		pass(&flood, 5, 60000 + 2000 * i);
	assert_int_equal(flood_room_ms(&flood, &job, 95000), 120000);
	assert_true(flood_room_ms(&flood, &job, 120000) <= 120000);
}

/* Once: a_call_without_a_chat_is_the_token_unless_it_is_bulk. */
static void a_call_without_a_chat_is_that_call(void **state)
{
	const struct call bulk = { .class = CALL_BULK };
	struct flood flood = { 0 };
	uint64_t until_ms = 5000;

	(void)state;
	for (unsigned i = 0; i < 3 * FLOOD_CHATS; i++) {
		assert_int_equal(refuse(&flood, 0, 1000, &until_ms), FLOOD_CALL);
		assert_int_equal(flood_refused(&flood, &bulk, 1000, &until_ms), FLOOD_CALL);
	}
	assert_int_equal(until_ms, 5000);
	/* Nor do they count with those of chats. */
	assert_int_equal(refuse(&flood, 1, 1000, &until_ms), FLOOD_CHAT);
	assert_int_equal(refuse(&flood, 2, 1000, &until_ms), FLOOD_CHAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_finds_room_beside_answers),
		cmocka_unit_test(one_chat_is_that_chat_however_often),
		cmocka_unit_test(chats_that_are_silent_together_are_the_token),
		cmocka_unit_test(what_went_well_since_speaks_for_the_token),
		cmocka_unit_test(a_silence_that_is_over_does_not_count),
		cmocka_unit_test(what_others_were_told_counts_with_an_own_refusal),
		cmocka_unit_test(a_chat_that_had_many_messages_has_a_limit_of_its_own),
		cmocka_unit_test(a_call_without_a_chat_is_that_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
