/* test_credit_tree.c - who has the most credit, against a walk over all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ingress/dispatch/credit_tree.h"

static struct credit_tree tree;
static uint32_t credits[CONSUMERS_MAX];

static void set(unsigned consumer, uint32_t credit)
{
	credits[consumer] = credit;
	credit_tree_set(&tree, consumer, credit);
}

static void expect_first(void)
{
	unsigned expected = 0, first;

	for (unsigned i = 1; i < CONSUMERS_MAX; i++)
		if (credits[i] > credits[expected])
			expected = i;
	assert_int_equal(credit_tree_first(&tree, &first), credits[expected] > 0);
	if (credits[expected] > 0)
		assert_int_equal(first, expected);
}

static void it_finds_what_a_walk_finds(void **state)
{
	(void)state;
	expect_first();
	set(CONSUMERS_MAX - 1, 1);
	expect_first();
	set(0, UINT32_MAX);
	expect_first();
	for (unsigned i = 0; i < 20000; i++) {
		set((unsigned)random() % CONSUMERS_MAX, (uint32_t)random() % 5);
		expect_first();
	}
	for (unsigned i = 0; i < CONSUMERS_MAX; i++)
		set(i, 0);
	expect_first();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(it_finds_what_a_walk_finds) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
