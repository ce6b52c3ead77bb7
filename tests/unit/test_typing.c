/* test_typing.c - when the chat action of a running handler is shown, and when it ends. */
#include "tests/unit/children_world.h"
#include "tests/unit/turned_loop.h"

#include "workers/parent/typing.h"

static void it_is_shown_after_a_second_and_again_before_it_fades(void **state)
{
	struct typing typing = { 0 };

	(void)state;
	assert_false(typing_take_due(&typing, 1));
	assert_true(typing_begin(&typing, "call", 4, 5000));
	assert_false(typing_take_due(&typing, 5999));
	assert_true(typing_take_due(&typing, 6000));
	assert_memory_equal(typing.call, "call", 4);
	assert_false(typing_take_due(&typing, 10499));
	assert_true(typing_take_due(&typing, 10500));
	typing_end(&typing);
	assert_false(typing_take_due(&typing, 60000));
}

static void no_call_of_this_kind_is_large(void **state)
{
	static const char large[1025];
	struct typing typing = { 0 };

	(void)state;
	assert_true(typing_begin(&typing, large, sizeof(large) - 1, 0));
	assert_false(typing_begin(&typing, large, sizeof(large), 0));
	assert_null(typing.call);
}

/* It is asked for by the handler that runs, and ends with its verdict. */
static void it_ends_when_the_handler_returns(void **state)
{
	struct process *process = idle_child();
	struct child_record *child = record_of(process);
	struct wire_item item;

	(void)state;
	add(1, 1);
	turn();
	item = begin_item(process);
	say(process, WIRE_TYPING, "call", 4);
	turn();
	assert_non_null(child->typing.call);
	finish(process, &item, 10);
	turn();
	assert_int_equal(told.verdicts, 1);
	assert_null(child->typing.call);
}

/* Only a child that was taken over says so without an item. */
static void without_a_handler_there_is_nothing_to_show(void **state)
{
	struct process *process = idle_child();

	(void)state;
	say(process, WIRE_TYPING, "call", 4);
	turn();
	assert_true(record_of(process)->protocol_error);
}

static void it_ends_with_the_session(void **state)
{
	struct process *process = idle_child();

	(void)state;
	add(1, 1);
	turn();
	begin_item(process);
	say(process, WIRE_TYPING, "call", 4);
	turn();
	children_forget_items(&children);
	assert_null(record_of(process)->typing.call);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_shown_after_a_second_and_again_before_it_fades),
		TEST(no_call_of_this_kind_is_large),
		TEST(it_ends_when_the_handler_returns),
		TEST(without_a_handler_there_is_nothing_to_show),
		TEST(it_ends_with_the_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
