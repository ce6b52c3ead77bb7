/* test_scoreboard.c - the memory shared with a child: who begins an item and who takes it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <unistd.h>

#include "workers/wire/scoreboard.h"

static struct scoreboard *make(void)
{
	struct why why;
	int fd = scoreboard_create(&why);
	struct scoreboard *scoreboard = scoreboard_map(fd, &why);

	assert_non_null(scoreboard);
	close(fd);
	return scoreboard;
}

static void either_side_gets_an_item_never_both(void **state)
{
	struct scoreboard *scoreboard = make();

	(void)state;
	claim_offer(scoreboard, 1);
	claim_offer(scoreboard, 2);
	assert_int_equal(claim_state(scoreboard, 1), CLAIM_OFFERED);
	assert_true(claim_begin(scoreboard, 1));
	assert_false(claim_take_back(scoreboard, 1));
	assert_int_equal(claim_state(scoreboard, 1), CLAIM_BEGUN);
	assert_true(claim_take_back(scoreboard, 2));
	assert_false(claim_begin(scoreboard, 2));
	assert_int_equal(claim_state(scoreboard, 2), CLAIM_TAKEN_BACK);
	scoreboard_unmap(scoreboard);
}

static void an_entry_is_reused_by_a_later_item(void **state)
{
	struct scoreboard *scoreboard = make();

	(void)state;
	claim_offer(scoreboard, 3);
	claim_offer(scoreboard, 3 + SCOREBOARD_CLAIMS);
	assert_int_equal(claim_state(scoreboard, 3), CLAIM_NONE);
	assert_false(claim_begin(scoreboard, 3));
	assert_true(claim_begin(scoreboard, 3 + SCOREBOARD_CLAIMS));
	scoreboard_unmap(scoreboard);
}

static void scribbles_are_no_claim(void **state)
{
	struct scoreboard *scoreboard = make();

	(void)state;
	claim_offer(scoreboard, 1);
	scoreboard->claims[1] = UINT64_MAX;
	assert_int_equal(claim_state(scoreboard, 1), CLAIM_NONE);
	assert_false(claim_take_back(scoreboard, 1));
	scoreboard_unmap(scoreboard);
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
