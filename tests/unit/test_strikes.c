/* test_strikes.c - peers that are not heard any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/strikes.h"

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
		cmocka_unit_test(a_peer_is_out_after_its_last_strike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
