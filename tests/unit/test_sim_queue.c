/* test_sim_queue.c - the simulator's queue of updates compared with TDLib's rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/xalloc.h"
#include "simulator/queue.h"

#define NOW 1000

static int32_t push(struct queue *queue, int64_t expires_s)
{
	struct queued_update update = { .expires_s = expires_s, .ping = -1 };

	return queue_push(queue, &update, xstrdup("\"message\":{}"), 12, NOW);
}

static size_t get(struct queue *queue, int32_t offset, struct queued_update **out)
{
	int32_t from;

	return queue_get(queue, offset, 100, NOW, out, &from);
}

static void ids_start_in_telegrams_range_and_follow(void **state)
{
	struct queue queue = { 0 };
	int32_t first = push(&queue, NOW + 1);

	(void)state;
	assert_in_range(first, 2000001, 1000000000);
	assert_int_equal(push(&queue, NOW + 1), first + 1);
	queue_finish(&queue);
}

static void an_offset_forgets_what_is_before_it(void **state)
{
	struct queue queue = { 0 };
	struct queued_update *updates[100];
	int32_t first = push(&queue, NOW + 1);

	(void)state;
	for (int i = 0; i < 4; i++)
		push(&queue, NOW + 1);
	assert_int_equal(get(&queue, 0, updates), 5);
	queue_mark_delivered(&queue, updates[0]);
	assert_int_equal(get(&queue, first + 2, updates), 3);
	assert_int_equal(updates[0]->id, first + 2);
	assert_int_equal(queue.counts.confirmed, 1);
	assert_int_equal(queue.counts.unseen, 1);
	assert_int_equal(get(&queue, first, updates), 3);
	queue_finish(&queue);
}

static void offsets_out_of_reach_are_ignored(void **state)
{
	struct queue queue = { 0 };
	struct queued_update *updates[100];
	int32_t first = push(&queue, NOW + 1);

	(void)state;
	assert_int_equal(get(&queue, first + 12, updates), 1);
	assert_int_equal(get(&queue, INT32_MAX, updates), 1);
	assert_int_equal(get(&queue, first + 11, updates), 0);
	assert_int_equal(queue.count, 0);
	queue_finish(&queue);
}

static void a_negative_offset_keeps_so_many(void **state)
{
	struct queue queue = { 0 };
	struct queued_update *updates[100];
	int32_t last = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		last = push(&queue, NOW + 1);
	assert_int_equal(get(&queue, INT32_MIN, updates), 10);
	assert_int_equal(get(&queue, -3, updates), 3);
	assert_int_equal(updates[2]->id, last);
	assert_int_equal(queue.count, 3);
	queue_finish(&queue);
}

static void what_ran_out_of_time_is_passed_over(void **state)
{
	struct queue queue = { 0 };
	struct queued_update *updates[100];
	int32_t from;

	(void)state;
	assert_int_equal(push(&queue, NOW), 0); /* expired when it came */
	push(&queue, NOW + 1);
	push(&queue, NOW + 50);
	assert_int_equal(queue_get(&queue, 0, 100, NOW + 2, updates, &from), 1);
	assert_int_equal(queue.counts.expired, 1);
	assert_int_equal(queue.bytes, 12);
	queue_finish(&queue);
}

static void it_is_full_at_100000(void **state)
{
	struct queue queue = { 0 };

	(void)state;
	for (int i = 0; i < QUEUE_UPDATES_MAX; i++)
		assert_int_not_equal(push(&queue, NOW + 1), 0);
	assert_int_equal(push(&queue, NOW + 1), 0);
	queue_forget(&queue, queue_next(&queue, 0));
	assert_int_not_equal(push(&queue, NOW + 1), 0);
	assert_int_equal(queue.counts.refused, 1);
	queue_finish(&queue);
}

static void ids_start_again_at_their_end(void **state)
{
	struct queue queue = { 0 };

	(void)state;
	assert_true(queue_restart(&queue, QUEUE_ID_MAX - 2));
	assert_int_equal(push(&queue, NOW + 1), QUEUE_ID_MAX - 2);
	assert_false(queue_restart(&queue, 5));
	assert_in_range(push(&queue, NOW + 1), 2000001, 1000000000);
	assert_int_equal(queue.count, 1);
	queue_finish(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_start_in_telegrams_range_and_follow),
		cmocka_unit_test(an_offset_forgets_what_is_before_it),
		cmocka_unit_test(offsets_out_of_reach_are_ignored),
		cmocka_unit_test(a_negative_offset_keeps_so_many),
		cmocka_unit_test(what_ran_out_of_time_is_passed_over),
		cmocka_unit_test(it_is_full_at_100000),
		cmocka_unit_test(ids_start_again_at_their_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
