/* test_dispatch.c - order in lanes, credit, affinity, returned updates, joined lanes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ingress/dispatch/dispatch.h"

static struct spool_update make(uint64_t seq, uint64_t lane)
{
	return (struct spool_update) {
		.seq = seq,
		.update_id = (int64_t)seq,
		.kind = KIND_MESSAGE,
		.lane = lane,
		.received_ms = 1000 + seq,
	};
}

static void add(struct dispatch *dispatch, uint64_t seq, uint64_t lane)
{
	struct spool_update update = make(seq, lane);

	dispatch_add(dispatch, &update, 0);
}

static void add_kind(struct dispatch *dispatch, uint64_t seq, uint64_t lane, enum update_kind kind)
{
	struct spool_update update = make(seq, lane);

	update.kind = kind;
	dispatch_add(dispatch, &update, 0);
}

static struct dispatch *with_consumers(unsigned count, uint32_t credit)
{
	struct dispatch *dispatch = dispatch_create();

	for (unsigned i = 0; i < count; i++) {
		dispatch_open(dispatch, i);
		dispatch_set_credit(dispatch, i, credit);
	}
	return dispatch;
}

/* Takes one run and checks its numbers. */
static unsigned expect_run(struct dispatch *dispatch, size_t count, const uint64_t *seqs)
{
	struct live_update *run[LANE_RUN_MAX];
	unsigned consumer = 0;

	assert_int_equal(dispatch_take(dispatch, run, &consumer), count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(run[i]->seq, seqs[i]);
	return consumer;
}

#define EXPECT_RUN(dispatch, ...)                                                     \
	expect_run(dispatch, sizeof((uint64_t[]) { __VA_ARGS__ }) / sizeof(uint64_t), \
		   (uint64_t[]) { __VA_ARGS__ })

static void expect_nothing(struct dispatch *dispatch)
{
	struct live_update *run[LANE_RUN_MAX];
	unsigned consumer;

	assert_int_equal(dispatch_take(dispatch, run, &consumer), 0);
}

static struct live_update *find(struct dispatch *dispatch, uint64_t seq)
{
	struct live_update *work = dispatch_find(dispatch, seq);

	assert_non_null(work);
	return work;
}

static void a_lane_goes_in_order_and_at_most_a_run_is_out(void **state)
{
	struct dispatch *dispatch = with_consumers(2, 100);
	struct live_update *run[LANE_RUN_MAX];
	unsigned consumer;

	(void)state;
	for (uint64_t seq = 1; seq <= 40; seq++)
		add(dispatch, seq, 7);
	assert_int_equal(dispatch_ready(dispatch), LANE_RUN_MAX);
	assert_int_equal(dispatch_take(dispatch, run, &consumer), LANE_RUN_MAX);
	for (uint64_t i = 0; i < LANE_RUN_MAX; i++)
		assert_int_equal(run[i]->seq, i + 1);
	expect_nothing(dispatch);
	assert_int_equal(dispatch_ready(dispatch), 0);
	dispatch_handled(dispatch, find(dispatch, 1));
	dispatch_done(dispatch, find(dispatch, 2));
	assert_int_equal(EXPECT_RUN(dispatch, 17, 18), consumer);
	assert_int_equal(dispatch_in_flight(dispatch), 17);
	assert_int_equal(dispatch_backlog(dispatch), 39);
	assert_int_equal(dispatch_consumer_in_flight(dispatch, consumer), 17);
	dispatch_destroy(dispatch);
}

static void a_lane_whose_replies_stay_unsent_does_not_fill_the_pools(void **state)
{
	struct dispatch *dispatch = with_consumers(1, 1000);
	struct live_update *run[LANE_RUN_MAX];
	unsigned consumer;
	size_t count, out = 0;

	(void)state;
	for (uint64_t seq = 1; seq <= 200; seq++)
		add(dispatch, seq, 7);
	while ((count = dispatch_take(dispatch, run, &consumer)) > 0)
		for (size_t i = 0; i < count; i++)
			dispatch_handled(dispatch, find(dispatch, ++out));
	assert_int_equal(out, LANE_OUT_MAX);
	dispatch_done(dispatch, find(dispatch, 1));
	(void)EXPECT_RUN(dispatch, LANE_OUT_MAX + 1);
	dispatch_destroy(dispatch);
}

static void a_lane_stays_where_its_updates_are_not_done(void **state)
{
	struct dispatch *dispatch = with_consumers(2, 0);

	(void)state;
	add(dispatch, 1, 7);
	dispatch_set_credit(dispatch, 1, 1);
	assert_int_equal(EXPECT_RUN(dispatch, 1), 1);
	dispatch_handled(dispatch, find(dispatch, 1));
	add(dispatch, 2, 7);
	dispatch_set_credit(dispatch, 0, 10);
	expect_nothing(dispatch); /* consumer 1 has no credit, and it owns the lane */
	dispatch_done(dispatch, find(dispatch, 1));
	assert_int_equal(EXPECT_RUN(dispatch, 2), 0);
	dispatch_destroy(dispatch);
}

static void the_least_loaded_consumer_takes_a_free_lane(void **state)
{
	struct dispatch *dispatch = with_consumers(3, 2);

	(void)state;
	dispatch_set_credit(dispatch, 1, 3);
	for (uint64_t seq = 1; seq <= 7; seq++)
		add(dispatch, seq, 100 + seq);
	assert_int_equal(EXPECT_RUN(dispatch, 1), 1);
	assert_int_equal(EXPECT_RUN(dispatch, 2), 0);
	assert_int_equal(EXPECT_RUN(dispatch, 3), 1);
	assert_int_equal(EXPECT_RUN(dispatch, 4), 2);
	(void)EXPECT_RUN(dispatch, 5);
	(void)EXPECT_RUN(dispatch, 6);
	(void)EXPECT_RUN(dispatch, 7);
	add(dispatch, 8, 200);
	expect_nothing(dispatch);
	dispatch_destroy(dispatch);
}

/* Takes all that can be taken and returns how often that went to another consumer than before. */
static size_t take_all(struct dispatch *dispatch, size_t count)
{
	struct live_update *run[LANE_RUN_MAX];
	unsigned consumer, before = UINT32_MAX;
	size_t changes = 0;

	dispatch_start_turn(dispatch);
	for (size_t taken = 0, got; taken < count; taken += got) {
		got = dispatch_take(dispatch, run, &consumer);
		assert_true(got > 0);
		changes += consumer != before;
		before = consumer;
	}
	expect_nothing(dispatch);
	return changes;
}

/* Else each of a thousand pools would get a frame of its own for every update. */
static void much_goes_to_few_consumers_at_a_time(void **state)
{
	struct dispatch *dispatch = with_consumers(1000, 40);
	uint64_t seq = 0;

	(void)state;
	for (; seq < 8; seq++)
		add(dispatch, seq + 1, 100 + seq);
	assert_int_equal(take_all(dispatch, 8), 8);
	for (; seq < 108; seq++)
		add(dispatch, seq + 1, 100 + seq);
	assert_in_range(take_all(dispatch, 100), 10, 20);
	for (; seq < 20108; seq++)
		add(dispatch, seq + 1, 100 + seq);
	assert_in_range(take_all(dispatch, 20000), 500, 700);
	/* What is left of a stretch ends with its turn. */
	for (; seq < 20116; seq++)
		add(dispatch, seq + 1, 100 + seq);
	assert_int_equal(take_all(dispatch, 8), 8);
	dispatch_destroy(dispatch);
}

/* What is urgent waits for nobody's stretch, and what is bound to a consumer goes there only. */
static void a_stretch_ends_for_what_goes_first(void **state)
{
	struct dispatch *dispatch = with_consumers(2, 1000);
	struct live_update *run[LANE_RUN_MAX];
	unsigned first, consumer;

	(void)state;
	for (uint64_t seq = 1; seq <= 200; seq++)
		add(dispatch, seq, 100 + seq);
	dispatch_start_turn(dispatch);
	first = EXPECT_RUN(dispatch, 1);
	dispatch_handled(dispatch, find(dispatch, 1));
	add_kind(dispatch, 201, 9, KIND_CALLBACK_QUERY);
	assert_int_equal(EXPECT_RUN(dispatch, 201), first);
	add(dispatch, 202, 101); /* the lane of 1, which is not done */
	for (bool found = false; !found;) {
		assert_true(dispatch_take(dispatch, run, &consumer) > 0);
		found = run[0]->seq == 202;
	}
	assert_int_equal(consumer, first);
	dispatch_destroy(dispatch);
}

static int by_seq_down(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x < y) - (x > y);
}

/* Each knows what it has, through all that happens to it. */
static void each_consumer_knows_what_it_has(void **state)
{
	struct dispatch *dispatch = with_consumers(CONSUMERS_MAX, 2);
	uint64_t has[CONSUMERS_MAX][2];
	size_t counts[CONSUMERS_MAX] = { 0 };

	(void)state;
	for (uint64_t seq = 1; seq <= 2 * CONSUMERS_MAX; seq++) {
		add(dispatch, seq, 100 + seq);
		unsigned consumer = EXPECT_RUN(dispatch, seq);
		has[consumer][counts[consumer]++] = seq;
	}
	for (unsigned i = 0; i < CONSUMERS_MAX; i++) {
		size_t count;
		uint64_t *seqs = dispatch_list_in_flight(dispatch, i, &count);

		assert_int_equal(count, 2);
		qsort(has[i], 2, sizeof(has[i][0]), by_seq_down);
		assert_memory_equal(seqs, has[i], sizeof(has[i]));
		dispatch_done(dispatch, find(dispatch, seqs[0]));
		dispatch_return(dispatch, find(dispatch, seqs[1]));
		assert_int_equal(dispatch_consumer_in_flight(dispatch, i), 0);
		dispatch_close(dispatch, i);
		free(seqs);
	}
	expect_nothing(dispatch);
	dispatch_destroy(dispatch);
}

static void urgent_lanes_go_first(void **state)
{
	struct dispatch *dispatch = with_consumers(1, 10);

	(void)state;
	add(dispatch, 1, 7);
	add(dispatch, 2, 8);
	add_kind(dispatch, 3, 9, KIND_CALLBACK_QUERY);
	(void)EXPECT_RUN(dispatch, 3);
	(void)EXPECT_RUN(dispatch, 1);
	(void)EXPECT_RUN(dispatch, 2);
	dispatch_destroy(dispatch);
}

static void lanes_take_turns(void **state)
{
	struct dispatch *dispatch = with_consumers(1, 1);

	(void)state;
	add(dispatch, 1, 7);
	add(dispatch, 2, 7);
	add(dispatch, 3, 8);
	(void)EXPECT_RUN(dispatch, 1);
	dispatch_set_credit(dispatch, 0, 1);
	(void)EXPECT_RUN(dispatch, 3);
	dispatch_set_credit(dispatch, 0, 1);
	(void)EXPECT_RUN(dispatch, 2);
	dispatch_destroy(dispatch);
}

static void what_comes_back_goes_first_and_waits_for_the_rest(void **state)
{
	struct dispatch *dispatch = with_consumers(1, 10);

	(void)state;
	for (uint64_t seq = 1; seq <= 3; seq++)
		add(dispatch, seq, 7);
	(void)EXPECT_RUN(dispatch, 1, 2, 3);
	dispatch_break(dispatch, find(dispatch, 1));
	add(dispatch, 4, 7);
	expect_nothing(dispatch);
	dispatch_return(dispatch, find(dispatch, 3));
	dispatch_return(dispatch, find(dispatch, 2));
	expect_nothing(dispatch); /* 1 is not back yet */
	dispatch_return(dispatch, find(dispatch, 1));
	(void)EXPECT_RUN(dispatch, 1, 2, 3, 4);
	dispatch_destroy(dispatch);
}

static void a_lost_consumer_gives_all_back(void **state)
{
	struct dispatch *dispatch = with_consumers(2, 5);
	size_t count;
	uint64_t *seqs;

	(void)state;
	for (uint64_t seq = 1; seq <= 4; seq++)
		add(dispatch, seq, 7);
	unsigned first = EXPECT_RUN(dispatch, 1, 2, 3, 4);
	dispatch_handled(dispatch, find(dispatch, 1));
	seqs = dispatch_list_in_flight(dispatch, first, &count);
	assert_int_equal(count, 4);
	assert_int_equal(seqs[0], 4);
	for (size_t i = 0; i < count; i++)
		dispatch_return(dispatch, find(dispatch, seqs[i]));
	free(seqs);
	dispatch_set_credit(dispatch, first, 0);
	dispatch_close(dispatch, first);
	assert_int_equal(EXPECT_RUN(dispatch, 1, 2, 3, 4), 1 - first);
	dispatch_destroy(dispatch);
}

static void held_work_keeps_its_lane_waiting(void **state)
{
	struct dispatch *dispatch = with_consumers(2, 5);
	struct spool_update held = make(1, 7);

	(void)state;
	dispatch_set_credit(dispatch, 0, 0);
	dispatch_add_in_flight(dispatch, &held, 0);
	add(dispatch, 2, 7);
	add(dispatch, 3, 8);
	assert_int_equal(EXPECT_RUN(dispatch, 3), 1);
	expect_nothing(dispatch);
	dispatch_return(dispatch, find(dispatch, 1));
	(void)EXPECT_RUN(dispatch, 1, 2);
	dispatch_destroy(dispatch);
}

static void waiting_work_comes_back_when_due(void **state)
{
	struct dispatch *dispatch = with_consumers(1, 5);

	(void)state;
	add(dispatch, 1, 7);
	add(dispatch, 2, 7);
	(void)EXPECT_RUN(dispatch, 1, 2);
	find(dispatch, 1)->flags |= ITEM_WORK;
	dispatch_later(dispatch, find(dispatch, 1), 5000);
	assert_null(dispatch_find(dispatch, 1));
	assert_int_equal(dispatch_waiting_work(dispatch), 1);
	add(dispatch, 3, 7);
	(void)EXPECT_RUN(dispatch, 3);
	dispatch_wake(dispatch, 4999, UINT64_MAX);
	expect_nothing(dispatch);
	add(dispatch, 4, 7);
	dispatch_wake(dispatch, 5000, UINT64_MAX);
	(void)EXPECT_RUN(dispatch, 1, 4);
	assert_int_equal(find(dispatch, 1)->flags, ITEM_WORK);
	dispatch_destroy(dispatch);
}

static void replies_that_wait_keep_what_is_younger_back(void **state)
{
	struct dispatch *dispatch = with_consumers(1, 10);

	(void)state;
	add(dispatch, 1, 7);
	add(dispatch, 2, 7);
	(void)EXPECT_RUN(dispatch, 1, 2);
	find(dispatch, 1)->flags |= ITEM_WORK | ITEM_REPLIES | ITEM_KEEPS_LANE;
	find(dispatch, 2)->flags |= ITEM_WORK | ITEM_REPLIES | ITEM_KEEPS_LANE;
	dispatch_later(dispatch, find(dispatch, 1), 5000);
	dispatch_later(dispatch, find(dispatch, 2), 5001);
	add(dispatch, 3, 7);
	expect_nothing(dispatch);
	dispatch_wake(dispatch, 5000, UINT64_MAX);
	expect_nothing(dispatch);
	/* A group becomes a supergroup meanwhile. */
	dispatch_join(dispatch, 7, 8);
	add(dispatch, 4, 8);
	expect_nothing(dispatch);
	dispatch_wake(dispatch, 5001, UINT64_MAX);
	(void)EXPECT_RUN(dispatch, 1, 2, 3);
	dispatch_destroy(dispatch);
}

static void what_is_held_waits_and_can_be_claimed(void **state)
{
	struct dispatch *dispatch = with_consumers(2, 100);

	(void)state;
	for (uint64_t seq = 1; seq <= 6; seq++)
		add(dispatch, seq, seq % 2);
	dispatch_start_recovery(dispatch);
	assert_int_equal(dispatch_ready(dispatch), 0);
	expect_nothing(dispatch);
	add(dispatch, 7, 7);
	add(dispatch, 8, 1);
	EXPECT_RUN(dispatch, 7);
	expect_nothing(dispatch);
	/* In the middle and at the end of a queue. */
	assert_int_equal(dispatch_claim(dispatch, 3, 1), CLAIM_TAKEN);
	assert_int_equal(dispatch_claim(dispatch, 6, 1), CLAIM_TAKEN);
	assert_int_equal(dispatch_claim(dispatch, 3, 1), CLAIM_OWN);
	assert_int_equal(dispatch_claim(dispatch, 3, 0), CLAIM_OTHERS);
	assert_int_equal(dispatch_claim(dispatch, 8, 1), CLAIM_UNKNOWN);
	assert_int_equal(dispatch_claim(dispatch, 9, 1), CLAIM_UNKNOWN);
	/* A new update reuses the place of the one that is done. */
	dispatch_done(dispatch, find(dispatch, 3));
	add(dispatch, 10, 10);
	assert_int_equal(dispatch_claim(dispatch, 3, 1), CLAIM_UNKNOWN);
	EXPECT_RUN(dispatch, 10);
	expect_nothing(dispatch);
	dispatch_end_recovery(dispatch);
	EXPECT_RUN(dispatch, 1, 5, 8);
	expect_nothing(dispatch); /* 2 and 4 are older than 6, which is in flight */
	dispatch_handled(dispatch, find(dispatch, 6));
	assert_int_equal(EXPECT_RUN(dispatch, 2, 4), 1);
	assert_int_equal(dispatch_claim(dispatch, 2, 1), CLAIM_OWN);
	dispatch_destroy(dispatch);
}

static void a_lane_at_two_consumers_waits_for_both(void **state)
{
	struct dispatch *dispatch = with_consumers(2, 100);

	(void)state;
	for (uint64_t seq = 1; seq <= 3; seq++)
		add(dispatch, seq, 7);
	dispatch_start_recovery(dispatch);
	assert_int_equal(dispatch_claim(dispatch, 1, 0), CLAIM_TAKEN);
	assert_int_equal(dispatch_claim(dispatch, 2, 1), CLAIM_TAKEN);
	dispatch_end_recovery(dispatch);
	dispatch_handled(dispatch, find(dispatch, 1));
	dispatch_handled(dispatch, find(dispatch, 2));
	expect_nothing(dispatch);
	/* Done is the one that took it last. */
	dispatch_done(dispatch, find(dispatch, 2));
	dispatch_close(dispatch, 1);
	expect_nothing(dispatch);
	dispatch_done(dispatch, find(dispatch, 1));
	assert_int_equal(EXPECT_RUN(dispatch, 3), 0);
	dispatch_destroy(dispatch);
}

static void waiting_work_can_be_claimed_before_it_is_due(void **state)
{
	struct dispatch *dispatch = with_consumers(1, 100);
	uint64_t order[] = { 4, 9, 1, 7, 3, 8, 2, 6, 5, 0 };

	(void)state;
	for (uint64_t seq = 1; seq <= 10; seq++) {
		struct spool_update update = make(seq, seq == 9 ? 8 : seq);

		update.flags = ITEM_WORK | (seq == 8 ? ITEM_KEEPS_LANE : 0);
		update.due_ms = 100 + order[seq - 1];
		dispatch_add(dispatch, &update, 0);
	}
	dispatch_start_recovery(dispatch);
	add(dispatch, 11, 8);
	expect_nothing(dispatch);
	assert_int_equal(dispatch_claim(dispatch, 8, 0), CLAIM_TAKEN);
	assert_int_equal(dispatch_claim(dispatch, 2, 0), CLAIM_TAKEN);
	assert_int_equal(dispatch_claim(dispatch, 10, 0), CLAIM_TAKEN);
	assert_int_equal(dispatch_waiting_work(dispatch), 7);
	EXPECT_RUN(dispatch, 11); /* nothing blocks its lane any more */
	dispatch_wake(dispatch, 104, UINT64_MAX);
	assert_int_equal(dispatch_waiting_work(dispatch), 3);
	expect_nothing(dispatch); /* what became due is held */
	dispatch_end_recovery(dispatch);
	EXPECT_RUN(dispatch, 3);
	EXPECT_RUN(dispatch, 7);
	EXPECT_RUN(dispatch, 5);
	EXPECT_RUN(dispatch, 1);
	dispatch_wake(dispatch, 200, UINT64_MAX);
	assert_int_equal(dispatch_waiting_work(dispatch), 0);
	dispatch_destroy(dispatch);
}

static void joined_lanes_go_on_as_one(void **state)
{
	struct dispatch *dispatch = with_consumers(2, 5);

	(void)state;
	add(dispatch, 1, 7);
	(void)EXPECT_RUN(dispatch, 1);
	add(dispatch, 2, 7);
	add(dispatch, 3, 8);
	add(dispatch, 4, 7);
	dispatch_join(dispatch, 7, 8);
	add(dispatch, 5, 7);
	expect_nothing(dispatch); /* 1 is in flight from the old lane */
	dispatch_handled(dispatch, find(dispatch, 1));
	expect_nothing(dispatch);
	dispatch_done(dispatch, find(dispatch, 1));
	(void)EXPECT_RUN(dispatch, 2);
	/* Calls to the old and the new id must not overtake each other at Telegram. */
	expect_nothing(dispatch);
	dispatch_handled(dispatch, find(dispatch, 2));
	expect_nothing(dispatch);
	dispatch_done(dispatch, find(dispatch, 2));
	(void)EXPECT_RUN(dispatch, 3);
	dispatch_done(dispatch, find(dispatch, 3));
	(void)EXPECT_RUN(dispatch, 4, 5);
	assert_int_equal(dispatch_lane_key(dispatch, find(dispatch, 5)), 8);
	dispatch_unjoin(dispatch, 7);
	add(dispatch, 6, 7);
	(void)EXPECT_RUN(dispatch, 6);
	assert_int_equal(dispatch_lane_key(dispatch, find(dispatch, 6)), 7);
	dispatch_destroy(dispatch);
}

static void a_joined_lane_takes_back_what_returns(void **state)
{
	struct dispatch *dispatch = with_consumers(1, 5);

	(void)state;
	add(dispatch, 1, 7);
	(void)EXPECT_RUN(dispatch, 1);
	add(dispatch, 2, 8);
	dispatch_join(dispatch, 7, 8);
	dispatch_join(dispatch, 8, 9);
	dispatch_join(dispatch, 9, 7); /* a cycle is refused */
	expect_nothing(dispatch);
	dispatch_return(dispatch, find(dispatch, 1));
	(void)EXPECT_RUN(dispatch, 1, 2);
	assert_int_equal(dispatch_lane_key(dispatch, find(dispatch, 1)), 9);
	dispatch_done(dispatch, find(dispatch, 1));
	dispatch_done(dispatch, find(dispatch, 2));
	assert_int_equal(dispatch_backlog(dispatch), 0);
	dispatch_destroy(dispatch);
}

static void the_oldest_is_known(void **state)
{
	struct dispatch *dispatch = with_consumers(1, 5);

	(void)state;
	assert_int_equal(dispatch_oldest_ms(dispatch), 0);
	add(dispatch, 1, 7);
	add(dispatch, 2, 8);
	(void)EXPECT_RUN(dispatch, 1);
	assert_int_equal(dispatch_oldest_ms(dispatch), 1001);
	dispatch_done(dispatch, find(dispatch, 1));
	assert_int_equal(dispatch_oldest_ms(dispatch), 1002);
	/* What is put off is not done either. */
	(void)EXPECT_RUN(dispatch, 2);
	add(dispatch, 3, 7);
	dispatch_later(dispatch, find(dispatch, 2), 5000);
	assert_int_equal(dispatch_oldest_ms(dispatch), 1002);
	dispatch_destroy(dispatch);
}

/* A reminder for tomorrow waits for nobody, and hides nobody once it is due. */
static void work_that_was_put_off_is_not_old(void **state)
{
	struct dispatch *dispatch = with_consumers(1, 0);
	struct spool_update work = {
		.seq = 1, .lane = 7, .received_ms = 1001, .due_ms = 5000, .flags = ITEM_WORK
	};

	(void)state;
	dispatch_add(dispatch, &work, 1001);
	assert_int_equal(dispatch_waiting_work(dispatch), 1);
	assert_int_equal(dispatch_oldest_ms(dispatch), 0);
	add(dispatch, 2, 7);
	assert_int_equal(dispatch_oldest_ms(dispatch), 1002);
	dispatch_wake(dispatch, 5000, UINT64_MAX);
	assert_int_equal(dispatch_waiting_work(dispatch), 0);
	assert_int_equal(dispatch_oldest_ms(dispatch), 1002);
	dispatch_destroy(dispatch);
}

/* Anything may happen, at random; each lane must stay in order and nothing may come twice. */
static void random_traffic_keeps_order(void **state)
{
	enum { LANES = 20, UPDATES = 20000 };
	struct dispatch *dispatch = with_consumers(4, 0);
	uint64_t next[LANES] = { 0 }, seq = 0;
	unsigned random = 12345;

	(void)state;
	for (unsigned step = 0; seq < UPDATES || dispatch_backlog(dispatch) > 0; step++) {
		random = random * 1103515245 + 12345;
		unsigned dice = random >> 16;
		if (seq < UPDATES && dice % 3) {
			seq++;
			add(dispatch, seq, 1 + seq % LANES);
		}
		dispatch_set_credit(dispatch, dice % 4, dice % 23);
		struct live_update *run[LANE_RUN_MAX];
		unsigned consumer;
		size_t count = dispatch_take(dispatch, run, &consumer);
		bool fails = count > 0 && dice % 7 == 0;
		/* From the end, as a pool returns what it has not begun. */
		for (size_t i = fails ? count : 0; i-- > count / 2;)
			dispatch_return(dispatch, run[i]);
		for (size_t i = 0; i < (fails ? count / 2 : count); i++) {
			uint64_t lane = run[i]->seq % LANES;
			assert_true(run[i]->seq > next[lane]);
			assert_true(next[lane] == 0 || run[i]->seq == next[lane] + LANES);
			next[lane] = run[i]->seq;
			dispatch_done(dispatch, run[i]);
		}
	}
	assert_int_equal(dispatch_ready(dispatch), 0);
	assert_int_equal(dispatch_in_flight(dispatch), 0);
	dispatch_destroy(dispatch);
}

static void a_lane_leaves_its_list_from_anywhere(void **state)
{
	static const uint64_t held[] = { 8, 10, 7 }; /* the middle, the end, the start */
	struct dispatch *dispatch = with_consumers(1, 100);

	(void)state;
	for (uint64_t seq = 1; seq <= 5; seq++)
		add(dispatch, seq, 6 + seq);
	dispatch_hold(dispatch, 11, true);
	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		dispatch_hold(dispatch, held[i], true);
	assert_int_equal(dispatch_ready(dispatch), 1);
	(void)EXPECT_RUN(dispatch, 3);
	expect_nothing(dispatch);
	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		dispatch_hold(dispatch, held[i], false);
	(void)EXPECT_RUN(dispatch, 2);
	(void)EXPECT_RUN(dispatch, 4);
	(void)EXPECT_RUN(dispatch, 1);
	expect_nothing(dispatch);
	dispatch_destroy(dispatch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lane_goes_in_order_and_at_most_a_run_is_out),
		cmocka_unit_test(a_lane_whose_replies_stay_unsent_does_not_fill_the_pools),
		cmocka_unit_test(a_lane_stays_where_its_updates_are_not_done),
		cmocka_unit_test(the_least_loaded_consumer_takes_a_free_lane),
		cmocka_unit_test(much_goes_to_few_consumers_at_a_time),
		cmocka_unit_test(a_stretch_ends_for_what_goes_first),
		cmocka_unit_test(each_consumer_knows_what_it_has),
		cmocka_unit_test(urgent_lanes_go_first),
		cmocka_unit_test(lanes_take_turns),
		cmocka_unit_test(what_comes_back_goes_first_and_waits_for_the_rest),
		cmocka_unit_test(a_lost_consumer_gives_all_back),
		cmocka_unit_test(held_work_keeps_its_lane_waiting),
		cmocka_unit_test(waiting_work_comes_back_when_due),
		cmocka_unit_test(replies_that_wait_keep_what_is_younger_back),
		cmocka_unit_test(what_is_held_waits_and_can_be_claimed),
		cmocka_unit_test(a_lane_at_two_consumers_waits_for_both),
		cmocka_unit_test(waiting_work_can_be_claimed_before_it_is_due),
		cmocka_unit_test(joined_lanes_go_on_as_one),
		cmocka_unit_test(a_joined_lane_takes_back_what_returns),
		cmocka_unit_test(the_oldest_is_known),
		cmocka_unit_test(work_that_was_put_off_is_not_old),
		cmocka_unit_test(random_traffic_keeps_order),
		cmocka_unit_test(a_lane_leaves_its_list_from_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
