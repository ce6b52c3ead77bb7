/* test_desk.c - the memory shared with a child: who begins an item and who takes it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <unistd.h>

#include "workers/desk.h"

static struct desk *make(void)
{
	struct why why;
	int fd = desk_create(&why);
	struct desk *desk = desk_map(fd, &why);

	assert_non_null(desk);
	close(fd);
	return desk;
}

static void either_side_gets_an_item_never_both(void **state)
{
	struct desk *desk = make();

	(void)state;
	claim_offer(desk, 1);
	claim_offer(desk, 2);
	assert_int_equal(claim_state(desk, 1), CLAIM_OFFERED);
	assert_true(claim_begin(desk, 1));
	assert_false(claim_take_back(desk, 1));
	assert_int_equal(claim_state(desk, 1), CLAIM_BEGUN);
	assert_true(claim_take_back(desk, 2));
	assert_false(claim_begin(desk, 2));
	assert_int_equal(claim_state(desk, 2), CLAIM_TAKEN_BACK);
	desk_unmap(desk);
}

static void an_entry_is_reused_by_a_later_item(void **state)
{
	struct desk *desk = make();

	(void)state;
	claim_offer(desk, 3);
	claim_offer(desk, 3 + DESK_CLAIMS);
	assert_int_equal(claim_state(desk, 3), CLAIM_NONE);
	assert_false(claim_begin(desk, 3));
	assert_true(claim_begin(desk, 3 + DESK_CLAIMS));
	desk_unmap(desk);
}

static void scribbles_are_no_claim(void **state)
{
	struct desk *desk = make();

	(void)state;
	claim_offer(desk, 1);
	desk->claims[1] = UINT64_MAX;
	assert_int_equal(claim_state(desk, 1), CLAIM_NONE);
	assert_false(claim_take_back(desk, 1));
	desk_unmap(desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(either_side_gets_an_item_never_both),
		cmocka_unit_test(an_entry_is_reused_by_a_later_item),
		cmocka_unit_test(scribbles_are_no_claim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
