/* test_due.c - the heap of waiting work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ingress/dispatch/due.h"

static void waiting_work_comes_by_time_then_by_age(void **state)
{
	struct due due = { 0 };
	struct due_entry entry, last = { 0 };
	unsigned random = 7;
	size_t taken = 0;

	(void)state;
	assert_false(due_take(&due, UINT64_MAX, &entry));
	for (uint64_t seq = 1; seq <= 5000; seq++) {
		random = random * 1103515245 + 12345;
		due_add(&due,
			(struct due_entry) { .due_ms = 1 + (random >> 16) % 500, .seq = seq });
	}
	assert_false(due_take(&due, 0, &entry));
	for (uint64_t now = 1; now <= 500; now++)
		for (; due_take(&due, now, &entry); taken++) {
			assert_int_equal(entry.due_ms, now);
			assert_true(last.due_ms < entry.due_ms || last.seq < entry.seq);
			last = entry;
		}
	assert_int_equal(taken, 5000);
	due_finish(&due);
}

static void what_is_removed_leaves_the_rest_in_order(void **state)
{
	struct due due = { 0 };
	struct due_entry entry;
	uint64_t due_ms[201];
	unsigned random = 3;
	size_t left = 200;

	(void)state;
	for (uint64_t seq = 1; seq <= 200; seq++) {
		random = random * 1103515245 + 12345;
		due_ms[seq] = 1 + (random >> 16) % 100;
		due_add(&due, (struct due_entry) {
				      .due_ms = due_ms[seq], .seq = seq, .work = (uint32_t)seq });
	}
	for (uint64_t seq = 3; seq <= 200; seq += 3) {
		entry = due_remove(&due, seq);
		assert_int_equal(entry.seq, seq);
		assert_int_equal(entry.due_ms, due_ms[seq]);
		due_ms[seq] = 0;
		assert_int_equal(due.count, --left);
	}
	for (uint64_t last = 0; due_take(&due, 100, &entry); last = entry.due_ms) {
		assert_true(entry.due_ms >= last);
		assert_int_equal(entry.due_ms, due_ms[entry.seq]);
		assert_int_equal(entry.work, entry.seq);
		due_ms[entry.seq] = 0;
		left--;
	}
	assert_int_equal(left, 0);
	due_finish(&due);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waiting_work_comes_by_time_then_by_age),
		cmocka_unit_test(what_is_removed_leaves_the_rest_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
