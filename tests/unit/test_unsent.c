/* test_unsent.c - replies that wait at ingress, there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "workers/parent/unsent.h"

struct seen {
	size_t count;
	char calls[4][16];
	uint8_t flags[4];
};

static void see(void *owner, const struct wire_call *head, const void *call)
{
	struct seen *seen = owner;

	memcpy(seen->calls[seen->count], call, head->size);
	seen->flags[seen->count++] = head->flags;
}

static struct text text_in(const struct buffer *buffer)
{
	return (struct text) { (const char *)buffer_unread(buffer), buffer_unread_size(buffer) };
}

static void calls_come_back_in_order(void **state)
{
	struct unsent unsent = { 0 };
	struct seen seen = { 0 };
	struct buffer out = { 0 };
	struct buffer orders = { 0 };
	size_t count;
	struct why why;

	(void)state;
	unsent_add(&unsent, WIRE_CALL_MAY_WAIT, "one", 3, 7000);
	unsent_add(&unsent, WIRE_CALL_MAY_WAIT | WIRE_CALL_AT_MOST_ONCE, "two", 3, 5000);
	assert_int_equal(unsent.after_ms, 7000);
	unsent_encode(&unsent, (struct text) { NULL, 0 }, &out);
	assert_true(unsent_decode(text_in(&out), see, &seen, &count, &orders, &why));
	assert_int_equal(count, 2);
	assert_int_equal(seen.count, 2);
	assert_string_equal(seen.calls[0], "one");
	assert_string_equal(seen.calls[1], "two");
	assert_int_equal(seen.flags[0], 0);
	assert_int_equal(seen.flags[1], WIRE_CALL_AT_MOST_ONCE);
	assert_int_equal(buffer_unread_size(&orders), 0);
	unsent_finish(&unsent);
	buffer_finish(&out);
}

static void more_calls_than_an_update_may_have_are_refused(void **state)
{
	(void)state;
	for (size_t more = 0; more <= 1; more++) {
		struct unsent unsent = { 0 };
		struct buffer out = { 0 };
		struct buffer orders = { 0 };
		size_t count;
		struct why why;

		for (size_t i = 0; i < WIRE_CALLS_MAX + more; i++)
			unsent_add(&unsent, 0, "", 0, 0);
		unsent_encode(&unsent, (struct text) { NULL, 0 }, &out);
		assert_int_equal(unsent_decode(text_in(&out), NULL, NULL, &count, &orders, &why),
				 !more);
		unsent_finish(&unsent);
		buffer_finish(&out);
	}
}

static void nonsense_is_refused_before_anything_is_sent(void **state)
{
	struct unsent unsent = { 0 };
	struct buffer out = { 0 };
	struct seen seen = { 0 };
	struct buffer orders = { 0 };
	size_t count;
	struct why why;

	(void)state;
	unsent_add(&unsent, 0, "one", 3, 0);
	unsent_encode(&unsent, (struct text) { NULL, 0 }, &out);
	for (size_t size = 0; size < buffer_unread_size(&out); size++) {
		const struct text part = { (const char *)buffer_unread(&out), size };

		assert_false(unsent_decode(part, see, &seen, &count, &orders, &why));
	}
	assert_int_equal(seen.count, 0);
	assert_true(unsent_decode(text_in(&out), see, &seen, &count, &orders, &why));
	assert_int_equal(buffer_unread_size(&orders), 0);
	unsent_finish(&unsent);
	buffer_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_come_back_in_order),
		cmocka_unit_test(nonsense_is_refused_before_anything_is_sent),
		cmocka_unit_test(more_calls_than_an_update_may_have_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
