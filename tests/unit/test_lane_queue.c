/* test_lane_queue.c - what waits in a lane stays in order of age, whatever comes, goes and merges.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "ingress/dispatch/lane_queue.h"

#define POSITIONS_MAX 16

struct world {
	struct live_updates works;
	struct lane lane, other;
	uint32_t positions[POSITIONS_MAX]; /* by seq */
};

static void make_empty(struct lane *lane)
{
	*lane = (struct lane) { .head = LIVE_NONE, .tail = LIVE_NONE };
}

static int set_up(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	live_init(&w->works);
	make_empty(&w->lane);
	make_empty(&w->other);
	for (uint64_t seq = 1; seq < POSITIONS_MAX; seq++) {
		struct spool_update update = { .seq = seq };

		w->positions[seq] = live_add(&w->works, &update);
		live_at(&w->works, w->positions[seq])->next = LIVE_NONE;
	}
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	live_finish(&w->works);
	free(w);
	return 0;
}

static void insert(struct world *w, struct lane *lane, uint64_t seq)
{
	lane_queue_insert(lane, &w->works, w->positions[seq]);
}

/* The numbers, the oldest first; and that the ends and the count say the same. */
static void assert_waits(const struct world *w, const struct lane *lane, const char *wanted)
{
	char text[128] = "";
	uint32_t last = LIVE_NONE, count = 0;

	for (uint32_t at = lane->head; at != LIVE_NONE; at = live_at(&w->works, at)->next) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, "%llu ",
			 (unsigned long long)live_at(&w->works, at)->seq);
		last = at;
		count++;
	}
	assert_string_equal(text, wanted);
	assert_int_equal(lane->tail, last);
	assert_int_equal(lane->waiting, count);
}

static void it_is_in_order_of_age_however_it_comes(void **state)
{
	struct world *w = *state;

	insert(w, &w->lane, 5);
	assert_waits(w, &w->lane, "5 ");
	insert(w, &w->lane, 9);
	insert(w, &w->lane, 2);
	insert(w, &w->lane, 7);
	insert(w, &w->lane, 10);
	insert(w, &w->lane, 1);
	assert_waits(w, &w->lane, "1 2 5 7 9 10 ");
}

static void the_oldest_is_taken(void **state)
{
	struct world *w = *state;

	insert(w, &w->lane, 2);
	insert(w, &w->lane, 1);
	assert_int_equal(lane_queue_take(&w->lane, &w->works), w->positions[1]);
	assert_waits(w, &w->lane, "2 ");
	assert_int_equal(lane_queue_take(&w->lane, &w->works), w->positions[2]);
	assert_waits(w, &w->lane, "");
	insert(w, &w->lane, 3);
	assert_waits(w, &w->lane, "3 ");
}

static void any_can_be_removed(void **state)
{
	static const struct {
		uint64_t seq;
		const char *rest, *with_more;
	} cases[] = {
		{ 1, "2 3 ", "2 3 8 " },
		{ 2, "1 3 ", "1 3 8 " },
		{ 3, "1 2 ", "1 2 8 " },
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		make_empty(&w->lane);
		for (uint64_t seq = 1; seq <= 3; seq++)
			insert(w, &w->lane, seq);
		lane_queue_remove(&w->lane, &w->works, w->positions[cases[i].seq]);
		assert_waits(w, &w->lane, cases[i].rest);
		assert_int_equal(live_at(&w->works, w->positions[cases[i].seq])->next, LIVE_NONE);
		insert(w, &w->lane, 8);
		assert_waits(w, &w->lane, cases[i].with_more);
	}
}

static void two_lanes_become_one_by_age(void **state)
{
	struct world *w = *state;

	insert(w, &w->lane, 2);
	insert(w, &w->lane, 5);
	insert(w, &w->other, 1);
	insert(w, &w->other, 3);
	insert(w, &w->other, 9);
	lane_queue_merge(&w->lane, &w->other, 4, &w->works);
	assert_waits(w, &w->lane, "");
	assert_waits(w, &w->other, "1 2 3 5 9 ");
	for (uint64_t seq = 1; seq <= 9; seq++)
		assert_int_equal(live_at(&w->works, w->positions[seq])->moved,
				 seq == 2 || seq == 5);
	assert_int_equal(live_at(&w->works, w->positions[2])->lane, 4);
	/* Nothing to nothing, and all to nothing. */
	lane_queue_merge(&w->lane, &w->other, 4, &w->works);
	assert_waits(w, &w->other, "1 2 3 5 9 ");
	lane_queue_merge(&w->other, &w->lane, 5, &w->works);
	assert_waits(w, &w->lane, "1 2 3 5 9 ");
	assert_waits(w, &w->other, "");
}

int main(void)
{
#define WITH_LANES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_LANES(it_is_in_order_of_age_however_it_comes),
		WITH_LANES(the_oldest_is_taken),
		WITH_LANES(any_can_be_removed),
		WITH_LANES(two_lanes_become_one_by_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
