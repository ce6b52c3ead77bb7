/* test_sim_messages.c - what changed in the chats, and in which order messages were written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "simulator/messages.h"

static struct chat here = { .id = -1, .type = CHAT_SUPERGROUP };
static struct chat there = { .id = -2, .type = CHAT_SUPERGROUP };

static int setup(void **state)
{
	(void)state;
	here.newest = there.newest = 0;
	return 0;
}

static void a_change_is_found_until_the_next_one(void **state)
{
	struct messages messages = { 0 };
	struct message *first = messages_add(&messages, &here, 1);
	struct message *second = messages_add(&messages, &here, 2);

	(void)state;
	assert_ptr_equal(messages_change_at(&messages, 1), first);
	assert_ptr_equal(messages_change_at(&messages, 2), second);
	messages_changed(&messages, first);
	assert_null(messages_change_at(&messages, 1));
	assert_ptr_equal(messages_change_at(&messages, 3), first);
	assert_null(messages_change_at(&messages, 0));
	assert_null(messages_change_at(&messages, 4));
	messages_finish(&messages);
}

static void old_changes_are_forgotten(void **state)
{
	struct messages messages = { 0 };
	struct message *quiet = messages_add(&messages, &here, 1);
	struct message *busy = messages_add(&messages, &here, 2);

	(void)state;
	for (unsigned i = 0; i < MESSAGE_CHANGES_MAX; i++)
		messages_changed(&messages, busy);
	assert_int_equal(quiet->change, 1);
	assert_null(messages_change_at(&messages, 1));
	assert_ptr_equal(messages_change_at(&messages, messages.changes_count), busy);
	messages_finish(&messages);
}

static void a_message_that_goes_is_a_change(void **state)
{
	struct messages messages = { 0 };
	struct message *message = messages_add(&messages, &here, 1);

	(void)state;
	messages_delete(&messages, message);
	assert_null(messages_find(&messages, &here, 1));
	assert_ptr_equal(messages_change_at(&messages, 2), message);
	assert_null(messages_newest(&messages, &here));
	messages_finish(&messages);
}

static void the_newest_is_known_for_each_chat(void **state)
{
	struct messages messages = { 0 };
	const struct message *one;

	(void)state;
	assert_null(messages_newest(&messages, &here));
	one = messages_add(&messages, &here, 1);
	messages_add(&messages, &there, 1);
	assert_ptr_equal(messages_newest(&messages, &here), one);
	for (int64_t id = 2; id <= MESSAGES_MAX + 1; id++)
		messages_add(&messages, &there, id);
	assert_null(messages_newest(&messages, &here));
	messages_finish(&messages);
}

static void places_count_on_beyond_the_ring(void **state)
{
	struct messages messages = { 0 };

	(void)state;
	for (int64_t id = 1; id <= MESSAGES_MAX + 5; id++)
		assert_int_equal(messages_place(&messages, messages_add(&messages, &here, id)),
				 id - 1);
	assert_int_equal(messages_place(&messages, messages_find(&messages, &here, 6)), 5);
	messages_finish(&messages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_change_is_found_until_the_next_one, setup),
		cmocka_unit_test_setup(old_changes_are_forgotten, setup),
		cmocka_unit_test_setup(a_message_that_goes_is_a_change, setup),
		cmocka_unit_test_setup(the_newest_is_known_for_each_chat, setup),
		cmocka_unit_test_setup(places_count_on_beyond_the_ring, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
