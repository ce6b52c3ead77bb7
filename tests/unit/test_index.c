/* test_index.c - the heap of waiting work, and the strikes of peers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/strikes.h"
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

static void a_peer_is_out_after_its_last_strike(void **state)
{
	struct strikes strikes = { 0 };
	struct zpeer bad = { 1, { 1 } }, good = { 1, { 2 } };

	(void)state;
	for (unsigned i = 1; i < STRIKES_MAX; i++)
		assert_false(strikes_add(&strikes, &bad));
	assert_false(strikes_is_out(&strikes, &bad));
	assert_true(strikes_add(&strikes, &bad));
	assert_true(strikes_is_out(&strikes, &bad));
	assert_false(strikes_is_out(&strikes, &good));
	/* The table is bounded: the oldest is forgotten. */
	for (unsigned i = 0; i < STRIKES_PEERS; i++)
		strikes_add(&strikes, &(struct zpeer) { 2, { 3, (uint8_t)i } });
	assert_false(strikes_is_out(&strikes, &bad));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waiting_work_comes_by_time_then_by_age),
		cmocka_unit_test(a_peer_is_out_after_its_last_strike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
