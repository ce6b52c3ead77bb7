/* pools_world.h - the surroundings of ingress/pools/pools.c for its tests: a loop whose time the
 * test controls and a socket in memory, with what pools say over it and what they hear. These
 * definitions replace the real files; the spool is the test's own. */
#ifndef TESTS_POOLS_WORLD_H
#define TESTS_POOLS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/message.h"
#include "common/xalloc.h"
#include "ingress/pools/pools.h"

/* Defined by the test: everything committed is durable now, and those waiting for it are called. */
static void disk_is_synced(void);

/* --- stand-in: the loop ----------------------------------------------------------------------- */

struct loop {
	uint64_t now_ms;
	struct loop_timer *timers[8];
	loop_hook_fn *hook;
	void *hook_owner;
};

static struct loop clockwork;

void loop_timer_set(struct loop *loop, struct loop_timer *timer, uint64_t after_ms)
{
	loop_timer_clear(loop, timer);
	timer->due_ms = loop->now_ms + after_ms;
	for (size_t i = 0; i < COUNT_OF(loop->timers); i++)
		if (!loop->timers[i]) {
			loop->timers[i] = timer;
			timer->heap_index = i + 1;
			return;
		}
	fail_msg("too many timers");
}

void loop_timer_set_tick_or(struct loop *loop, struct loop_timer *timer, uint64_t period_ms,
			    uint64_t due_ms)
{
	uint64_t tick_ms = (loop->now_ms / period_ms + 1) * period_ms;

	loop_timer_set(loop, timer, (tick_ms < due_ms ? tick_ms : due_ms) - loop->now_ms);
}

void loop_timer_clear(struct loop *loop, struct loop_timer *timer)
{
	if (timer->heap_index)
		loop->timers[timer->heap_index - 1] = NULL;
	timer->heap_index = 0;
}

bool loop_timer_is_set(const struct loop_timer *timer)
{
	return timer->heap_index != 0;
}

void loop_add_hook(struct loop *loop, loop_hook_fn *fn, void *owner)
{
	loop->hook = fn;
	loop->hook_owner = owner;
}

uint64_t loop_now_ms(const struct loop *loop)
{
	return loop->now_ms;
}

static void turn(void)
{
	while (clockwork.hook(clockwork.hook_owner))
		;
}

static void pass(uint64_t ms)
{
	for (uint64_t end = clockwork.now_ms + ms; clockwork.now_ms < end;) {
		clockwork.now_ms += end - clockwork.now_ms < 250 ? end - clockwork.now_ms : 250;
		for (size_t i = 0; i < COUNT_OF(clockwork.timers); i++) {
			struct loop_timer *timer = clockwork.timers[i];

			if (!timer || timer->due_ms > clockwork.now_ms)
				continue;
			loop_timer_clear(&clockwork, timer);
			timer->fn(timer->owner);
		}
		turn();
	}
}

/* Waits until what is done is written: a few milliseconds, so that more is written with it. */
static void coalesce(void)
{
	pass(10);
}

/* --- stand-in: the socket --------------------------------------------------------------------- */

struct frame {
	struct zpeer to;
	struct buffer bytes;
};

struct zlink {
	zlink_receive_fn *fn;
	void *owner;
	struct frame sent[64];
	size_t sent_count, taken;
	enum zlink_sent answer;
};

static struct zlink wire;

struct zlink *zlink_bind(struct zcontext *context, const struct zlink_options *options,
			 struct why *why)
{
	(void)context;
	(void)options;
	(void)why;
	return &wire;
}

void zlink_close(struct zlink *link)
{
	(void)link;
}

void zlink_attach(struct zlink *link, struct loop *loop, zlink_receive_fn *fn, void *owner)
{
	(void)loop;
	link->fn = fn;
	link->owner = owner;
}

enum zlink_sent zlink_send(struct zlink *link, const struct zpeer *to, const void *data,
			   size_t size)
{
	if (link->answer == ZLINK_SENT) {
		struct frame *frame = &link->sent[link->sent_count++];

		frame->to = *to;
		buffer_clear(&frame->bytes);
		buffer_append(&frame->bytes, data, size);
	}
	return link->answer;
}

enum zlink_sent zlink_give(struct zlink *link, const struct zpeer *to, struct buffer *frame)
{
	enum zlink_sent sent = zlink_send(link, to, buffer_unread(frame),
					  buffer_unread_size(frame));

	if (sent == ZLINK_SENT)
		buffer_finish(frame);
	return sent;
}

bool zpeer_equal(const struct zpeer *a, const struct zpeer *b)
{
	return a->length == b->length && !memcmp(a->id, b->id, a->length);
}

/* --- what a pool says and hears --------------------------------------------------------------- */

static struct pools *pools;
static struct arena arena;
static struct buffer spoken;
static const struct zpeer peers[] = { { 1, { 'a' } }, { 1, { 'b' } }, { 1, { 'c' } } };

static void deliver(size_t peer)
{
	wire.fn(wire.owner, &peers[peer], buffer_unread(&spoken), buffer_unread_size(&spoken));
	buffer_clear(&spoken);
}

static void say_hello(size_t peer, uint64_t session, uint64_t predecessor, const uint64_t *in_hand,
		      size_t count)
{
	struct message_pool_hello hello = {
		.oldest = PROTOCOL_OLDEST,
		.newest = PROTOCOL_VERSION,
		.session = session,
		.predecessor = predecessor,
		.pool = { "pool", 4 },
		.host = { "host", 4 },
		.version = { "1", 1 },
		.pid = 1,
		.kinds = 1u << KIND_MESSAGE,
		.in_hand = in_hand,
		.in_hand_count = count,
	};

	message_encode_pool_hello(&hello, &spoken);
	deliver(peer);
}

static void say_beat(size_t peer, uint64_t session, uint64_t credit_limit)
{
	struct message_pool_beat beat = { .session = session, .credit_limit = credit_limit };

	message_encode_pool_beat(&beat, &spoken);
	deliver(peer);
}

static void say_verdict(size_t peer, uint64_t session, uint64_t number, uint64_t seq,
			enum verdict_step step, enum ended_reason reason)
{
	struct message_verdict verdict = {
		.number = number, .seq = seq, .step = step, .reason = reason
	};
	struct message_verdicts verdicts = {
		.session = session, .credit_limit = 100, .verdicts = &verdict, .count = 1
	};

	if (step == VERDICT_WAITING) {
		verdict.due_ms = 1000;
		verdict.body = (struct text) { "work", 4 };
	}
	message_encode_verdicts(&verdicts, &spoken);
	deliver(peer);
}

static void say_bye(size_t peer, uint64_t session)
{
	struct message_bye bye = { .session = session };

	message_encode_bye(&bye, &spoken);
	deliver(peer);
}

/* The next frame that was sent; it must be of that kind and to that peer. */
static const struct frame *hear(size_t peer, enum message_number expected)
{
	enum message_number number;
	struct why why;

	assert_true(wire.taken < wire.sent_count);
	const struct frame *frame = &wire.sent[wire.taken++];
	assert_true(message_number(buffer_unread(&frame->bytes), buffer_unread_size(&frame->bytes),
				   &number, &why));
	assert_string_equal(message_name(number), message_name(expected));
	assert_true(zpeer_equal(&frame->to, &peers[peer]));
	return frame;
}

static void hear_nothing(void)
{
	assert_int_equal(wire.taken, wire.sent_count);
}

static struct message_updates hear_updates(size_t peer, size_t count)
{
	const struct frame *frame = hear(peer, MESSAGE_UPDATES);
	struct message_updates updates;
	struct why why;

	assert_true(message_decode_updates(buffer_unread(&frame->bytes),
					   buffer_unread_size(&frame->bytes), &arena, &updates,
					   &why));
	assert_int_equal(updates.count, count);
	return updates;
}

static void hear_welcome(size_t peer, enum welcome_result expected)
{
	const struct frame *frame = hear(peer, MESSAGE_WELCOME);
	struct message_welcome welcome;
	struct why why;

	assert_true(message_decode_welcome(buffer_unread(&frame->bytes),
					   buffer_unread_size(&frame->bytes), &arena, &welcome,
					   &why));
	assert_int_equal(welcome.result, expected);
}

static uint64_t hear_beat_answer(size_t peer)
{
	const struct frame *frame = hear(peer, MESSAGE_BEAT_ANSWER);
	struct message_beat_answer answer;
	struct why why;

	assert_true(message_decode_beat_answer(buffer_unread(&frame->bytes),
					       buffer_unread_size(&frame->bytes), &arena, &answer,
					       &why));
	return answer.epoch;
}

static uint64_t hear_stored(size_t peer)
{
	const struct frame *frame = hear(peer, MESSAGE_VERDICTS_STORED);
	struct message_verdicts_stored stored;
	struct why why;

	assert_true(message_decode_verdicts_stored(buffer_unread(&frame->bytes),
						   buffer_unread_size(&frame->bytes), &arena,
						   &stored, &why));
	return stored.number;
}

/* HELLO, WELCOME, first beat. */
static void join(size_t peer, uint64_t session, uint64_t credit_limit)
{
	say_hello(peer, session, 0, NULL, 0);
	hear_welcome(peer, WELCOME_ACCEPTED);
	say_beat(peer, session, credit_limit);
	assert_int_not_equal(hear_beat_answer(peer), 0);
	turn();
	disk_is_synced();
	turn();
}

/* Lets more than a lease pass, with beats of one session; leaves only what is not an answer to
 * them. */
static void outlive_a_lease(size_t peer, uint64_t session)
{
	size_t kept = wire.taken;

	for (int i = 0; i < 11; i++) {
		pass(1000);
		say_beat(peer, session, 10);
	}
	turn();
	disk_is_synced();
	for (size_t i = wire.taken; i < wire.sent_count; i++) {
		enum message_number number;
		struct why why;
		struct frame frame = wire.sent[i];

		assert_true(message_number(buffer_unread(&frame.bytes),
					   buffer_unread_size(&frame.bytes), &number, &why));
		if (number == MESSAGE_BEAT_ANSWER)
			continue;
		wire.sent[i] = wire.sent[kept];
		wire.sent[kept++] = frame;
	}
	wire.sent_count = kept;
}

#endif
