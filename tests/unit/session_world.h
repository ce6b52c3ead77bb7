/* session_world.h - ingress_link.c with an ingress that the test plays, and the pool around it:
 * what that has in hand and what it was told. */
#ifndef TESTS_UNIT_SESSION_WORLD_H
#define TESTS_UNIT_SESSION_WORLD_H

#include "tests/unit/ingress_world.h"
#include "tests/unit/turned_loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/log.h"
#include "workers/parent/ingress_link.h"

#define KINDS 5u

static struct loop *loop;
static struct session_lock lock;
static struct ingress_link *ingress;
static uint64_t session; /* of the last HELLO that was heard */

/* The pool around the link: what it has and what it was told. */
static struct {
	uint64_t room, in_hand;
	size_t items, losses, cooldowns;
	uint64_t seq, stored;
	bool ready;
	char state[64];
} pool;

static inline void on_item(void *owner, const struct message_item *item)
{
	(void)owner;
	pool.items++;
	pool.seq = item->seq;
}

static inline uint64_t *on_in_hand(void *owner, size_t *count)
{
	(void)owner;
	*count = pool.in_hand ? 1 : 0;
	return xmemdup(&pool.in_hand, sizeof(pool.in_hand));
}

static inline uint64_t on_room(void *owner)
{
	(void)owner;
	return pool.room;
}

static inline void on_beat(void *owner, struct message_pool_beat *beat, struct arena *arena)
{
	(void)owner;
	(void)arena;
	beat->handled = 123;
	beat->has_walls = true;
	beat->walls = 1;
}

static inline void on_stored(void *owner, uint64_t number)
{
	(void)owner;
	pool.stored = number;
}

static inline void on_lost(void *owner, const char *reason)
{
	(void)owner;
	assert_non_null(reason);
	pool.losses++;
	pool.in_hand = 0;
}

static inline void on_cooldown(void *owner, const struct message_cooldown *cooldown)
{
	(void)owner;
	assert_int_equal(cooldown->chat_id, 9);
	pool.cooldowns++;
}

static inline void on_state(void *owner, bool ready, const char *state)
{
	(void)owner;
	pool.ready = ready;
	snprintf(pool.state, sizeof(pool.state), "%s", state);
}

/* As at the end of each turn of a parent. */
static inline bool on_turn(void *owner)
{
	(void)owner;
	ingress_link_flush(ingress);
	return false;
}

static inline int set_up(void **state)
{
	static const struct settings settings = { .updates_endpoint = "ipc:///nowhere",
						  .curve_dir = "" };
	const struct ingress_events events = { .item = on_item,
					       .in_flight = on_in_hand,
					       .room = on_room,
					       .beat = on_beat,
					       .stored = on_stored,
					       .lost = on_lost,
					       .cooldown = on_cooldown,
					       .state = on_state };
	struct why why;

	(void)state;
	log_open("test", LOG_FORMAT_LOGFMT, LOG_LEVEL_ERROR);
	memset(&pool, 0, sizeof(pool));
	pool.room = 10;
	lock.fd = lock.file = memfd_create("lock", MFD_CLOEXEC);
	lock.predecessor = 0;
	put_clock_on_a_tick();
	loop = loop_create();
	loop_add_hook(loop, on_turn, NULL);
	ingress = ingress_link_create(NULL, loop, &settings, &lock, &events, &why);
	assert_non_null(ingress);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	ingress_link_destroy(ingress);
	loop_destroy(loop);
	close(lock.fd);
	arena_finish(&heard);
	forget_link(&to_ingress);
	return 0;
}

static inline void turn(void)
{
	turn_loop(loop, 0);
}

static inline void pass(uint64_t ms)
{
	turn_loop(loop, ms);
}

static inline uint64_t in_the_lock(void)
{
	char text[64] = "";

	assert_true(pread(lock.fd, text, sizeof(text) - 1, 0) >= 0);
	return strtoull(text, NULL, 16);
}

static inline struct message_pool_hello hear_greeting(void)
{
	const struct message_pool_hello hello = hear_pool_hello();

	session = hello.session;
	return hello;
}

static inline void greet(void)
{
	ingress_link_open(ingress, KINDS);
	turn();
	hear_greeting();
}

/* HELLO, WELCOME, first beat. */
static inline void join(void)
{
	greet();
	say_welcome(session, WELCOME_ACCEPTED, EPOCH);
	hear_pool_beat();
	turn();
	hear_no_message();
}

static inline void say_done(uint64_t seq)
{
	const struct message_verdict verdict = { .seq = seq, .step = VERDICT_DONE };

	ingress_link_add_verdict(ingress, &verdict);
}

/* One VERDICTS with these numbers, in order. */
static inline void hear_verdicts_of(uint64_t first, uint64_t last)
{
	const struct message_verdicts verdicts = hear_verdicts();

	assert_int_equal(verdicts.session, session);
	assert_int_equal(verdicts.count, last - first + 1);
	for (size_t i = 0; i < verdicts.count; i++)
		assert_int_equal(verdicts.verdicts[i].number, first + i);
}

static inline void give_item(uint64_t seq)
{
	struct message_item item = {
		.seq = seq, .lane = 1, .kind = KIND_MESSAGE, .attempt = 1, .body = { "body", 4 }
	};

	say_updates(session, &item, 1);
}

/* Longer than an answer may take; ends with the greeting of the next session. */
static inline void be_silent(void)
{
	pass(BEAT_UNANSWERED_MS - 50);
	assert_int_equal(pool.losses, 0);
	stop_listening();
	pass(50);
	assert_int_equal(pool.losses, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
