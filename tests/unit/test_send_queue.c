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

/* What is done about a person. */
static struct send_call *add_about_as(struct send_queue *queue, uint64_t id, int64_t chat_id,
				      int64_t person, enum call_class class)
{
	struct send_call *call = xmalloc(sizeof(*call));

	call->id = id;
	call->call.chat_id = chat_id;
	call->call.class = class;
	call->line_kind = LINE_PERSON;
	call->person = person;
	send_queue_add(queue, call);
	return call;
}

static struct send_call *add_about(struct send_queue *queue, uint64_t id, int64_t chat_id,
				   int64_t person)
{
	return add_about_as(queue, id, chat_id, person, CALL_MODERATION);
}

static struct send_call *add_deletion(struct send_queue *queue, uint64_t id, int64_t chat_id)
{
	struct send_call *call = xmalloc(sizeof(*call));

	call->id = id;
	call->call.chat_id = chat_id;
	call->call.class = CALL_MODERATION;
	call->line_kind = LINE_DELETION;
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
	send_queue_done(queue, call);
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
	send_queue_retry(&queue, call, 3100);
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
	send_queue_retry(&queue, call, 6000);
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
	send_queue_retry(&queue, call, 30000);
	send_queue_give_back(&queue, 1000, 3000, take_late, &taken);
	assert_int_equal(taken.count, 0);
	assert_int_equal(next_id(&queue, 29999, &call), 0);
	assert_int_equal(next_id(&queue, 30000, &call), 1);
	send_queue_retry(&queue, call, 60000);
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

static void a_chat_is_of_the_class_of_its_next_call(void **state)
{
	struct send_queue queue;
	struct send_call *first, *call;

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 1, CALL_ANSWER);
	add(&queue, 2, 1, CALL_BULK);
	assert_int_equal(next_id(&queue, 0, &first), 1);
	add(&queue, 3, 2, CALL_ANSWER);
	over(&queue, first);
	assert_int_equal(next_id(&queue, 0, &call), 3);
	over(&queue, call);
	assert_int_equal(next_id(&queue, 0, &call), 2);
	over(&queue, call);
	send_queue_finish(&queue);
}

static void what_waits_and_what_flies_is_counted(void **state)
{
	struct send_queue queue;
	struct send_call *call;

	(void)state;
	send_queue_init(&queue, 1);
	add(&queue, 1, 1, CALL_ANSWER);
	add(&queue, 2, 1, CALL_ANSWER);
	add(&queue, 3, 2, CALL_ANSWER);
	assert_int_equal(send_queue_wake_ms(&queue), 0); /* at once */
	assert_int_equal(next_id(&queue, 0, &call), 1);
	assert_int_equal(queue.in_flight, 1);
	/* There is no room: what ends a call will ask again. */
	assert_int_equal(send_queue_wake_ms(&queue), UINT64_MAX);
	send_queue_retry(&queue, call, 0);
	assert_int_equal(queue.in_flight, 0);
	send_queue_finish(&queue); /* with what is in it */
}

static void what_is_made_again_goes_before_what_waits_behind_it(void **state)
{
	struct send_queue queue;
	struct send_call *call;

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 5, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 0, &call), 1);
	send_queue_retry(&queue, call, 0); /* the only one of its chat */
	add(&queue, 2, 5, CALL_ANSWER);
	for (uint64_t id = 1; id <= 2; id++) {
		assert_int_equal(next_id(&queue, 0, &call), id);
		over(&queue, call);
	}
	assert_int_equal(queue.chats.table.count, 0);
	send_queue_finish(&queue);
}

static void no_cooldown_is_shortened(void **state)
{
	struct send_queue queue;
	struct send_call *call;

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 5, CALL_ANSWER);
	send_queue_cool(&queue, 5, 900);
	send_queue_cool(&queue, 5, 500);
	assert_int_equal(next_id(&queue, 899, NULL), 0);
	assert_int_equal(next_id(&queue, 900, &call), 1);
	/* Nor by a try that would be due earlier. */
	send_queue_cool(&queue, 5, 2000);
	send_queue_retry(&queue, call, 1000);
	assert_int_equal(next_id(&queue, 1999, NULL), 0);
	assert_int_equal(next_id(&queue, 2000, &call), 1);
	over(&queue, call);
	send_queue_cool(&queue, 0, 3000);
	send_queue_cool(&queue, 0, 2500);
	add(&queue, 2, 6, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 2999, NULL), 0);
	assert_int_equal(next_id(&queue, 3000, &call), 2);
	over(&queue, call);
	send_queue_finish(&queue);
}

static void a_chat_in_flight_is_cooled_when_its_call_is_over(void **state)
{
	struct send_queue queue;
	struct send_call *call;

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 5, CALL_ANSWER);
	add(&queue, 2, 5, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 100, &call), 1);
	send_queue_cool(&queue, 5, 800);
	assert_int_equal(next_id(&queue, 900, NULL), 0); /* one at a time, all the same */
	over(&queue, call);
	assert_int_equal(next_id(&queue, 799, NULL), 0);
	assert_int_equal(next_id(&queue, 800, &call), 2);
	over(&queue, call);
	send_queue_finish(&queue);
}

/* From the middle, the end and the start of those that sleep. */
static void they_wake_in_whatever_order(void **state)
{
	static const uint64_t until_ms[] = { 300, 100, 200, 500, 400 };
	static const uint64_t order[] = { 2, 3, 1, 5, 4 };
	struct send_queue queue;
	struct send_call *call;

	(void)state;
	send_queue_init(&queue, 10);
	for (size_t i = 0; i < COUNT_OF(until_ms); i++) {
		send_queue_cool(&queue, (int64_t)i + 1, until_ms[i]);
		add(&queue, i + 1, (int64_t)i + 1, CALL_ANSWER);
	}
	for (size_t i = 0; i < COUNT_OF(order); i++) {
		uint64_t now_ms = 100 * (i + 1);

		assert_int_equal(next_id(&queue, now_ms - 1, NULL), 0);
		assert_int_equal(send_queue_wake_ms(&queue), now_ms);
		assert_int_equal(next_id(&queue, now_ms, &call), order[i]);
		over(&queue, call);
	}
	assert_int_equal(queue.chats.table.count, 0);
	send_queue_finish(&queue);
}

static void the_later_of_two_cooldowns_counts(void **state)
{
	struct send_queue queue;
	struct taken taken = { 0 };

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 5, CALL_ANSWER);
	send_queue_cool(&queue, 5, 5000);
	send_queue_cool(&queue, 0, 7000);
	/* The token is silent at least as long as its chats. */
	assert_int_equal(send_queue_wake_ms(&queue), 7000);
	send_queue_give_back(&queue, 1000, 6000, take_late, &taken);
	assert_int_equal(taken.count, 1);
	assert_int_equal(taken.until_ms, 7000);
	send_queue_cool(&queue, 6, 9000);
	add(&queue, 2, 6, CALL_ANSWER);
	send_queue_give_back(&queue, 1000, 6000, take_late, &taken);
	assert_int_equal(taken.count, 2);
	assert_int_equal(taken.until_ms, 9000);
	send_queue_finish(&queue);
}

static void a_short_cooldown_is_waited_for(void **state)
{
	struct send_queue queue;
	struct taken taken = { 0 };

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 5, CALL_ANSWER);
	send_queue_cool(&queue, 5, 2999);
	send_queue_give_back(&queue, 1000, 3000, take_late, &taken);
	assert_int_equal(taken.count, 0);
	send_queue_cool(&queue, 5, 3000);
	send_queue_give_back(&queue, 1000, 3000, take_late, &taken);
	assert_int_equal(taken.count, 1);
	send_queue_finish(&queue);
}

/* Order within a chat is more than a place at another pool. */
static void what_waits_behind_one_that_stays_stays_too(void **state)
{
	struct send_queue queue;
	struct send_call *call;
	struct taken taken = { 0 };

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 5, CALL_ANSWER);
	add(&queue, 2, 5, CALL_ANSWER)->stays = true;
	add(&queue, 3, 5, CALL_ANSWER);
	send_queue_cool(&queue, 5, 9000);
	send_queue_give_back(&queue, 1000, 3000, take_late, &taken);
	assert_int_equal(taken.count, 1);
	assert_int_equal(taken.ids[0], 1);
	assert_int_equal(next_id(&queue, 8999, NULL), 0);
	for (uint64_t id = 2; id <= 3; id++) {
		assert_int_equal(next_id(&queue, 9000, &call), id);
		over(&queue, call);
	}
	send_queue_finish(&queue);
}

static void a_chat_that_gave_all_back_stays_cooled(void **state)
{
	struct send_queue queue;
	struct send_call *call;
	struct taken taken = { 0 };

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 5, CALL_ANSWER);
	send_queue_cool(&queue, 5, 9000);
	send_queue_give_back(&queue, 1000, 3000, take_late, &taken);
	assert_int_equal(taken.count, 1);
	assert_int_equal(queue.chats.table.count, 1);
	add(&queue, 2, 5, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 8999, NULL), 0);
	assert_int_equal(next_id(&queue, 9000, &call), 2);
	over(&queue, call);
	assert_int_equal(queue.chats.table.count, 0);
	send_queue_finish(&queue);
}

/* What comes for a chat whose cooldown began before, and one that is settled by the walk itself. */
static void whatever_may_be_late_is_looked_at(void **state)
{
	struct send_queue queue;
	struct taken taken = { 0 };

	(void)state;
	send_queue_init(&queue, 10);
	send_queue_cool(&queue, 5, 9000);
	send_queue_cool(&queue, 6, 9000);
	send_queue_cool(&queue, 7, 1500);
	send_queue_give_back(&queue, 1000, 3000, take_late, &taken);
	assert_int_equal(taken.count, 0);
	add(&queue, 1, 5, CALL_ANSWER);
	add(&queue, 2, 7, CALL_ANSWER);
	send_queue_give_back(&queue, 1000, 3000, take_late, &taken);
	assert_int_equal(taken.count, 1);
	add(&queue, 3, 6, CALL_ANSWER);
	send_queue_give_back(&queue, 1000, 3000, take_late, &taken);
	assert_int_equal(taken.count, 2);
	assert_int_equal(taken.ids[1], 3);
	send_queue_finish(&queue);
}

/* pace.h says when. */
static void jobs_wait_for_their_time_and_nobody_for_them(void **state)
{
	struct send_queue queue;
	struct send_call *call;

	(void)state;
	send_queue_init(&queue, 10);
	queue.jobs_due_ms = 500;
	add(&queue, 1, 1, CALL_BULK);
	assert_int_equal(next_id(&queue, 499, NULL), 0);
	assert_int_equal(send_queue_wake_ms(&queue), 500);
	add(&queue, 2, 2, CALL_ANSWER);
	assert_int_equal(send_queue_wake_ms(&queue), 0);
	assert_int_equal(next_id(&queue, 499, &call), 2);
	over(&queue, call);
	assert_int_equal(next_id(&queue, 500, &call), 1);
	over(&queue, call);
	assert_int_equal(send_queue_wake_ms(&queue), UINT64_MAX);
	send_queue_finish(&queue);
}

static void in_a_chat_everything_goes_before_jobs(void **state)
{
	static const uint64_t order[] = { 3, 4, 1, 2 };
	struct send_queue queue;
	struct send_call *call;

	(void)state;
	send_queue_init(&queue, 10);
	queue.jobs_due_ms = 500;
	add(&queue, 1, 5, CALL_BULK);
	add(&queue, 2, 5, CALL_BULK);
	add(&queue, 3, 5, CALL_ANSWER);
	add(&queue, 4, 5, CALL_ANSWER);
	for (size_t i = 0; i < COUNT_OF(order); i++) {
		assert_int_equal(next_id(&queue, i < 2 ? 0 : 500, &call), order[i]);
		over(&queue, call);
	}
	assert_int_equal(queue.chats.table.count, 0);
	send_queue_finish(&queue);
}

/* Banned everywhere, and here let in again. */
static void what_a_job_does_about_a_person_keeps_its_order(void **state)
{
	struct send_queue queue;
	struct send_call *call;

	(void)state;
	send_queue_init(&queue, 10);
	queue.jobs_due_ms = 500;
	add_about_as(&queue, 1, 5, 7, CALL_BULK);
	add_about_as(&queue, 2, 5, 8, CALL_BULK);
	assert_int_equal(next_id(&queue, 0, NULL), 0);
	add_about(&queue, 3, 5, 7);
	assert_int_equal(next_id(&queue, 0, &call), 1);
	assert_int_equal(next_id(&queue, 0, NULL), 0);
	call->call.class = CALL_BULK; /* as one that was under way when the other came */
	send_queue_retry(&queue, call, 100);
	assert_int_equal(next_id(&queue, 99, NULL), 0);
	assert_int_equal(next_id(&queue, 100, &call), 1);
	over(&queue, call);
	assert_int_equal(next_id(&queue, 100, &call), 3);
	over(&queue, call);
	assert_int_equal(next_id(&queue, 499, NULL), 0);
	assert_int_equal(next_id(&queue, 500, &call), 2);
	over(&queue, call);
	send_queue_finish(&queue);
}

static void a_job_that_is_held_holds_nobody(void **state)
{
	struct send_queue queue;
	struct send_call *call;

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 5, CALL_BULK);
	add(&queue, 2, 5, CALL_BULK);
	assert_int_equal(next_id(&queue, 0, &call), 1);
	send_queue_hold(&queue, call, 3000);
	assert_int_equal(next_id(&queue, 2000, NULL), 0);
	assert_int_equal(send_queue_wake_ms(&queue), 3000);
	add(&queue, 3, 5, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 2000, &call), 3);
	/* One that waits for another attempt is not overtaken by the job either. */
	send_queue_retry(&queue, call, 2500);
	assert_int_equal(next_id(&queue, 2499, NULL), 0);
	assert_int_equal(next_id(&queue, 2500, &call), 3);
	over(&queue, call);
	assert_int_equal(next_id(&queue, 2999, NULL), 0);
	assert_int_equal(next_id(&queue, 3000, &call), 1);
	send_queue_retry(&queue, call, 3500);
	add(&queue, 4, 5, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 3500, &call), 4);
	over(&queue, call);
	assert_int_equal(next_id(&queue, 3500, &call), 1);
	over(&queue, call);
	assert_int_equal(next_id(&queue, 3500, &call), 2);
	over(&queue, call);
	assert_int_equal(queue.chats.table.count, 0);
	send_queue_finish(&queue);
}

static void moderation_goes_before_all_else(void **state)
{
	struct send_queue queue;
	struct send_call *call;

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 1, CALL_BULK);
	add(&queue, 2, 2, CALL_ANSWER);
	add_about(&queue, 3, 3, 7);
	add_deletion(&queue, 4, 4);
	for (size_t i = 0; i < 4; i++) {
		static const uint64_t order[] = { 3, 4, 2, 1 };

		assert_int_equal(next_id(&queue, 0, &call), order[i]);
		over(&queue, call);
	}
	send_queue_finish(&queue);
}

static void people_do_not_wait_for_each_other(void **state)
{
	struct send_queue queue;
	struct send_call *message, *deletion, *first, *other, *second;

	(void)state;
	send_queue_init(&queue, 10);
	add(&queue, 1, 5, CALL_ANSWER);
	add_deletion(&queue, 2, 5);
	add_about(&queue, 3, 5, 7);
	add_about(&queue, 4, 5, 7);
	add_about(&queue, 5, 5, 8);
	add(&queue, 6, 5, CALL_ANSWER);
	assert_int_equal(next_id(&queue, 0, &deletion), 2);
	assert_int_equal(next_id(&queue, 0, &first), 3);
	assert_int_equal(next_id(&queue, 0, &other), 5);
	assert_int_equal(next_id(&queue, 0, &message), 1);
	/* Those of one person do, and so do messages. */
	assert_int_equal(next_id(&queue, 0, NULL), 0);
	over(&queue, first);
	assert_int_equal(next_id(&queue, 0, &second), 4);
	over(&queue, message);
	assert_int_equal(next_id(&queue, 0, &message), 6);
	over(&queue, second);
	over(&queue, other);
	over(&queue, deletion);
	over(&queue, message);
	assert_int_equal(queue.chats.table.count, 0);
	assert_int_equal(queue.persons.table.count, 0);
	send_queue_finish(&queue);
}

static void a_cooldown_is_the_whole_chats(void **state)
{
	struct send_queue queue;
	struct send_call *first, *call;
	struct taken taken = { 0 };

	(void)state;
	send_queue_init(&queue, 10);
	add_about(&queue, 1, 5, 7);
	add_about(&queue, 2, 5, 8);
	add_deletion(&queue, 3, 5);
	assert_int_equal(next_id(&queue, 0, &first), 1);
	send_queue_cool(&queue, 5, 900);
	send_queue_retry(&queue, first, 900);
	add_about(&queue, 4, 5, 9);
	assert_int_equal(next_id(&queue, 899, NULL), 0);
	assert_int_equal(send_queue_wake_ms(&queue), 900);
	for (size_t i = 0; i < 4; i++) {
		assert_true(next_id(&queue, 900, &call) != 0);
		over(&queue, call);
	}
	assert_int_equal(queue.chats.table.count, 0);
	/* All lines are given back when it is long. */
	add_about(&queue, 5, 5, 7);
	add_deletion(&queue, 6, 5);
	add(&queue, 7, 5, CALL_ANSWER);
	send_queue_cool(&queue, 5, 9000);
	send_queue_give_back(&queue, 1000, 3000, take_late, &taken);
	assert_int_equal(taken.count, 3);
	assert_int_equal(queue.persons.table.count, 0);
	send_queue_finish(&queue);
}

/* A try that is due later holds up nobody else. */
static void a_back_off_is_of_one_person(void **state)
{
	struct send_queue queue;
	struct send_call *call;

	(void)state;
	send_queue_init(&queue, 10);
	add_about(&queue, 1, 5, 7);
	assert_int_equal(next_id(&queue, 0, &call), 1);
	send_queue_retry(&queue, call, 500);
	add_about(&queue, 2, 5, 7);
	add_about(&queue, 3, 5, 8);
	assert_int_equal(next_id(&queue, 499, &call), 3);
	over(&queue, call);
	assert_int_equal(next_id(&queue, 499, NULL), 0);
	assert_int_equal(next_id(&queue, 500, &call), 1);
	over(&queue, call);
	assert_int_equal(next_id(&queue, 500, &call), 2);
	over(&queue, call);
	send_queue_finish(&queue);
}

/* However many people are banned in one chat, others get their turn. */
static void a_chat_has_so_many_at_once(void **state)
{
	struct send_queue queue;
	struct send_call *flying[SEND_CHAT_AT_ONCE], *other, *call;
	struct taken taken = { 0 };
	const uint64_t all = SEND_CHAT_AT_ONCE + 4;

	(void)state;
	send_queue_init(&queue, 100);
	for (uint64_t id = 1; id <= all; id++)
		add_about(&queue, id, 5, (int64_t)id);
	add_about(&queue, 100, 6, 1);
	for (size_t i = 0; i < SEND_CHAT_AT_ONCE; i++)
		assert_int_equal(next_id(&queue, 0, &flying[i]), i + 1);
	assert_int_equal(next_id(&queue, 0, &other), 100);
	assert_int_equal(next_id(&queue, 0, NULL), 0);
	over(&queue, other);
	over(&queue, flying[0]);
	assert_int_equal(next_id(&queue, 0, &flying[0]), SEND_CHAT_AT_ONCE + 1);
	assert_int_equal(next_id(&queue, 0, NULL), 0);
	/* A pool that ends gives back those that wait for others. */
	send_queue_give_back(&queue, 0, 0, take_late, &taken);
	assert_int_equal(taken.count, 3);
	add_about(&queue, all, 5, (int64_t)all);
	for (size_t i = 0; i < SEND_CHAT_AT_ONCE; i++)
		over(&queue, flying[i]);
	assert_int_equal(next_id(&queue, 0, &call), all);
	over(&queue, call);
	assert_int_equal(queue.chats.table.count, 0);
	send_queue_finish(&queue);
}

static void a_pool_that_stops_closes_every_line(void **state)
{
	struct send_queue queue;
	struct send_call *call;
	struct taken taken = { 0 };

	(void)state;
	send_queue_init(&queue, 10);
	add_about(&queue, 1, 5, 7);
	add_about(&queue, 2, 5, 7);
	assert_int_equal(next_id(&queue, 0, &call), 1);
	send_queue_close_busy(&queue);
	over(&queue, call);
	send_queue_give_back(&queue, 0, 2000, take_late, &taken);
	assert_int_equal(taken.count, 1);
	assert_int_equal(taken.ids[0], 2);
	/* What waits when it ends is freed. */
	add_about(&queue, 3, 5, 7);
	add_deletion(&queue, 4, 5);
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
		cmocka_unit_test(a_chat_is_of_the_class_of_its_next_call),
		cmocka_unit_test(what_waits_and_what_flies_is_counted),
		cmocka_unit_test(what_is_made_again_goes_before_what_waits_behind_it),
		cmocka_unit_test(no_cooldown_is_shortened),
		cmocka_unit_test(a_chat_in_flight_is_cooled_when_its_call_is_over),
		cmocka_unit_test(they_wake_in_whatever_order),
		cmocka_unit_test(the_later_of_two_cooldowns_counts),
		cmocka_unit_test(a_short_cooldown_is_waited_for),
		cmocka_unit_test(what_waits_behind_one_that_stays_stays_too),
		cmocka_unit_test(a_chat_that_gave_all_back_stays_cooled),
		cmocka_unit_test(whatever_may_be_late_is_looked_at),
		cmocka_unit_test(jobs_wait_for_their_time_and_nobody_for_them),
		cmocka_unit_test(in_a_chat_everything_goes_before_jobs),
		cmocka_unit_test(what_a_job_does_about_a_person_keeps_its_order),
		cmocka_unit_test(a_job_that_is_held_holds_nobody),
		cmocka_unit_test(moderation_goes_before_all_else),
		cmocka_unit_test(people_do_not_wait_for_each_other),
		cmocka_unit_test(a_cooldown_is_the_whole_chats),
		cmocka_unit_test(a_back_off_is_of_one_person),
		cmocka_unit_test(a_chat_has_so_many_at_once),
		cmocka_unit_test(a_pool_that_stops_closes_every_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
