/* test_send_queue.c - the sender's order: per chat, by class, under a limit, around cooldowns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "common/xalloc.h"
#include "workers/sender/queue.h"

static struct send_call *add(struct send_queue *queue, uint64_t id, int64_t chat_id,
			     enum call_class class)
{
	struct send_call *call = xmalloc(sizeof(*call));

	call->id = id;
	call->call.chat_id = chat_id;
	call->call.class = class;
	send_queue_add(queue, call);
	return call;
}

static uint64_t next_id(struct send_queue *queue, uint64_t now_ms, struct send_call **out)
{
	struct send_call *call = send_queue_next(queue, now_ms);

	if (out)
		*out = call;
	return call ? call->id : 0;
}

static void over(struct send_queue *queue, struct send_call *call)
{
	send_queue_over(queue, call);
	send_call_free(call);
}

static void a_chat_has_one_call_at_a_time(void **state)
{
	struct send_queue queue;
	struct send_call *first, *other, *second;

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 5, CALL_ANSWER);
	add(&queue, 2, 5, CALL_ANSWER);
	add(&queue, 3, 6, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 0, &first), 1);
	assert_int_equal(next_id(&queue, 0, &other), 3);
	assert_int_equal(next_id(&queue, 0, NULL), 0);
	over(&queue, first);
	assert_int_equal(next_id(&queue, 0, &second), 2);
	over(&queue, other);
	over(&queue, second);
	assert_int_equal(queue.chats.table.count, 0);
	assert_int_equal(queue.in_flight, 0);
	send_queue_finish(&queue);
}

static void calls_without_a_chat_have_no_order(void **state)
{
	struct send_queue queue;
	struct send_call *a, *b;

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 0, CALL_ANSWER);
	add(&queue, 2, 0, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 0, &a), 1);
	assert_int_equal(next_id(&queue, 0, &b), 2);
	over(&queue, b);
	over(&queue, a);
	send_queue_finish(&queue);
}

static void answers_go_before_bulk_and_under_the_limit(void **state)
{
	struct send_queue queue;
	struct send_call *a, *b;

	(void)state;
	send_queue_init(&queue, 2);
	add(&queue, 1, 1, CALL_BULK);
	add(&queue, 2, 2, CALL_ANSWER);
	add(&queue, 3, 3, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 0, &a), 2);
	assert_int_equal(next_id(&queue, 0, &b), 3);
	assert_int_equal(next_id(&queue, 0, NULL), 0);
	over(&queue, a);
	over(&queue, b);
	assert_int_equal(next_id(&queue, 0, &a), 1);
	over(&queue, a);
	send_queue_finish(&queue);
}

static void a_cooldown_stops_its_chat_only(void **state)
{
	struct send_queue queue;
	struct send_call *call, *other;

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 5, CALL_ANSWER);
	add(&queue, 2, 5, CALL_ANSWER);
	add(&queue, 3, 6, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 100, &call), 1);
	send_queue_cool(&queue, 5, 3100);
	send_queue_again(&queue, call, 3100);
	assert_int_equal(next_id(&queue, 100, &other), 3);
	over(&queue, other);
	assert_int_equal(next_id(&queue, 3099, NULL), 0);
	assert_int_equal(send_queue_wake_ms(&queue), 3100);
	/* The call that met the 429 comes before what waits behind it. */
	assert_int_equal(next_id(&queue, 3100, &call), 1);
	over(&queue, call);
	assert_int_equal(next_id(&queue, 3100, &call), 2);
	over(&queue, call);
	assert_int_equal(send_queue_wake_ms(&queue), UINT64_MAX);
	send_queue_finish(&queue);
}

static void a_cooldown_of_the_token_stops_all(void **state)
{
	struct send_queue queue;
	struct send_call *call;

	(void)state;
	send_queue_init(&queue, 10);
	send_queue_cool(&queue, 0, 500);
	add(&queue, 1, 5, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 499, NULL), 0);
	assert_int_equal(send_queue_wake_ms(&queue), 500);
	assert_int_equal(next_id(&queue, 500, &call), 1);
	over(&queue, call);
	send_queue_finish(&queue);
}

static void a_cooled_chat_without_calls_is_remembered(void **state)
{
	struct send_queue queue;
	struct send_call *call;

	(void)state;
	send_queue_init(&queue, 10);
	send_queue_cool(&queue, 5, 500);
	add(&queue, 1, 5, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 499, NULL), 0);
	assert_int_equal(next_id(&queue, 500, &call), 1);
	over(&queue, call);
	/* One without calls is forgotten once its cooldown has passed. */
	send_queue_cool(&queue, 6, 900);
	assert_int_equal(next_id(&queue, 901, NULL), 0);
	assert_int_equal(queue.chats.table.count, 0);
	send_queue_finish(&queue);
}

static void many_that_sleep_wake_in_time(void **state)
{
	struct send_queue queue;
	struct send_call *call;

	(void)state;
	send_queue_init(&queue, 1000);
	for (int64_t chat = 1; chat <= 100; chat++) {
		send_queue_cool(&queue, chat, 1000 + (uint64_t)chat);
		add(&queue, (uint64_t)chat, chat, CALL_ANSWER);
	}
	for (uint64_t chat = 1; chat <= 100; chat++) {
		assert_int_equal(send_queue_wake_ms(&queue), 1000 + chat);
		assert_int_equal(next_id(&queue, 1000 + chat, &call), chat);
		assert_int_equal(next_id(&queue, 1000 + chat, NULL), 0);
		over(&queue, call);
	}
	assert_int_equal(queue.chats.table.count, 0);
	send_queue_finish(&queue);
}

struct taken {
	uint64_t ids[8], until_ms;
	size_t count;
};

static void take_late(void *owner, struct send_call *call, uint64_t until_ms)
{
	struct taken *taken = owner;

	taken->ids[taken->count++] = call->id;
	taken->until_ms = until_ms;
	send_call_free(call);
}

static void what_waits_for_long_is_given_back(void **state)
{
	struct send_queue queue;
	struct send_call *call;
	struct taken taken = { 0 };

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 5, CALL_ANSWER);
	add(&queue, 2, 5, CALL_ANSWER);
	add(&queue, 3, 6, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 1000, &call), 1);
	/* Telegram refuses the first for 5 s. */
	send_queue_cool(&queue, 5, 6000);
	send_queue_again(&queue, call, 6000);
	send_queue_give_back(&queue, 1000, 3000, take_late, &taken);
	assert_int_equal(taken.count, 2);
	assert_int_equal(taken.ids[0], 1);
	assert_int_equal(taken.ids[1], 2);
	assert_int_equal(taken.until_ms, 6000);
	/* So does what comes for it meanwhile; one that stays, stays. */
	add(&queue, 4, 5, CALL_ANSWER);
	add(&queue, 5, 7, CALL_ANSWER);
	send_queue_cool(&queue, 7, 9000);
	queue.may_be_late = true;
	send_queue_give_back(&queue, 2000, 4000, take_late, &taken);
	assert_int_equal(taken.count, 4);
	add(&queue, 6, 5, CALL_ANSWER)->stays = true;
	send_queue_give_back(&queue, 2000, 4000, take_late, &taken);
	assert_int_equal(taken.count, 4);
	assert_int_equal(next_id(&queue, 2000, &call), 3);
	over(&queue, call);
	assert_int_equal(next_id(&queue, 6000, &call), 6);
	over(&queue, call);
	send_queue_finish(&queue);
}

static void what_is_only_tried_again_later_stays(void **state)
{
	struct send_queue queue;
	struct send_call *call;
	struct taken taken = { 0 };

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 5, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 1000, &call), 1);
	send_queue_again(&queue, call, 30000);
	send_queue_give_back(&queue, 1000, 3000, take_late, &taken);
	assert_int_equal(taken.count, 0);
	/* A pool that ends gives back all that is not begun. */
	send_queue_give_back(&queue, 1000, 0, take_late, &taken);
	assert_int_equal(taken.count, 1);
	send_queue_finish(&queue);
}

static void a_cooled_token_gives_all_back(void **state)
{
	struct send_queue queue;
	struct send_call *call;
	struct taken taken = { 0 };

	(void)state;
	send_queue_init(&queue, 10);
	for (int64_t chat = 1; chat <= 4; chat++)
		add(&queue, (uint64_t)chat, chat, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 1000, &call), 1);
	add(&queue, 5, 1, CALL_ANSWER);
	send_queue_cool(&queue, 0, 9000);
	send_queue_give_back(&queue, 1000, 3000, take_late, &taken);
	assert_int_equal(taken.count, 3);
	over(&queue, call);
	send_queue_give_back(&queue, 1000, 3000, take_late, &taken);
	assert_int_equal(taken.count, 4);
	assert_int_equal(taken.until_ms, 9000);
	send_queue_finish(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chat_has_one_call_at_a_time),
		cmocka_unit_test(calls_without_a_chat_have_no_order),
		cmocka_unit_test(answers_go_before_bulk_and_under_the_limit),
		cmocka_unit_test(a_cooldown_stops_its_chat_only),
		cmocka_unit_test(a_cooldown_of_the_token_stops_all),
		cmocka_unit_test(a_cooled_chat_without_calls_is_remembered),
		cmocka_unit_test(many_that_sleep_wake_in_time),
		cmocka_unit_test(what_waits_for_long_is_given_back),
		cmocka_unit_test(what_is_only_tried_again_later_stays),
		cmocka_unit_test(a_cooled_token_gives_all_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
