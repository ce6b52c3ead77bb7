/* test_lane_moves.c - a chat that another pool had a moment ago. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "common/xalloc.h"
#include "ingress/pools/lane_moves.h"

static int set_up(void **state)
{
	*state = xcalloc(1, sizeof(struct lane_moves));
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static void one_that_stays_has_not_moved(void **state)
{
	struct lane_moves *moves = *state;

	assert_false(lane_moves_are_to(moves, 7, 1, 1000));
	lane_moves_note(moves, 7, 1, 1000);
	assert_false(lane_moves_are_to(moves, 7, 1, 1001));
	assert_false(lane_moves_are_to(moves, 8, 2, 1001));
}

/* All that comes within the time, not only the first. */
static void one_that_has_moved_is_so_for_a_while(void **state)
{
	struct lane_moves *moves = *state;

	lane_moves_note(moves, 7, 1, 1000);
	assert_true(lane_moves_are_to(moves, 7, 2, 1000 + LANE_MOVED_MS - 1));
	assert_false(lane_moves_are_to(moves, 7, 2, 1000 + LANE_MOVED_MS));
	lane_moves_note(moves, 7, 2, 1500);
	assert_true(lane_moves_are_to(moves, 7, 2, 1000 + LANE_MOVED_MS - 1));
	assert_false(lane_moves_are_to(moves, 7, 2, 1000 + LANE_MOVED_MS));
	/* And back again. */
	assert_true(lane_moves_are_to(moves, 7, 1, 1500 + LANE_MOVED_MS - 1));
	lane_moves_note(moves, 7, 1, 1600);
	assert_true(lane_moves_are_to(moves, 7, 1, 1500 + LANE_MOVED_MS - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_that_stays_has_not_moved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_has_moved_is_so_for_a_while, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
