/* ingress_world.h - an ingress that the test plays, for tests of a pool: what the pool sends it and
 * hears of it. What is defined here takes the place of zlink.c; a link to crashd is there, too. */
#ifndef TESTS_UNIT_INGRESS_WORLD_H
#define TESTS_UNIT_INGRESS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/message.h"
#include "common/xalloc.h"
#include "common/zlink.h"

#define EPOCH 77u

/* --- stand-in: the sockets -------------------------------------------------------------------- */

struct zlink {
	zlink_receive_fn *fn;
	void *owner;
	struct buffer sent[128];
	size_t sent_count, taken;
	uint64_t sent_ms; /* when the last was */
	enum zlink_sent answer;
};

static struct zlink to_ingress, to_crashd;

struct zcontext *zcontext_create(int io_threads)
{
	(void)io_threads;
	return NULL;
}

void zcontext_destroy(struct zcontext *context)
{
	(void)context;
}

struct zlink *zlink_connect(struct zcontext *context, const struct zlink_options *options,
			    struct why *why)
{
	(void)context;
	(void)why;
	return strcmp(options->curve_peer, "ingress") == 0 ? &to_ingress : &to_crashd;
}

void zlink_close(struct zlink *link)
{
	link->fn = NULL;
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
	struct buffer *message = &link->sent[link->sent_count];

	(void)to;
	if (link->answer != ZLINK_SENT)
		return link->answer;
	assert_true(link->sent_count < COUNT_OF(link->sent));
	link->sent_count++;
	link->sent_ms = clock_boot_ms();
	buffer_clear(message);
	buffer_append(message, data, size);
	return ZLINK_SENT;
}

static inline void forget_link(struct zlink *link)
{
	for (size_t i = 0; i < COUNT_OF(link->sent); i++)
		buffer_finish(&link->sent[i]);
	*link = (struct zlink) { .answer = ZLINK_SENT };
}

/* --- what ingress hears ----------------------------------------------------------------------- */

static struct arena heard; /* of what the functions below return */

static enum message_number number_of(const struct buffer *message)
{
	enum message_number number;
	struct why why;

	assert_true(
		message_number(buffer_unread(message), buffer_unread_size(message), &number, &why));
	return number;
}

/* Without those that there is no end of. */
static inline void hear_no_more_than_beats(void)
{
	for (; to_ingress.taken < to_ingress.sent_count; to_ingress.taken++)
		assert_string_equal(message_name(number_of(&to_ingress.sent[to_ingress.taken])),
				    message_name(MESSAGE_POOL_BEAT));
}

static inline void hear_no_message(void)
{
	if (to_ingress.taken < to_ingress.sent_count)
		fail_msg("heard %s", message_name(number_of(&to_ingress.sent[to_ingress.taken])));
}

/* Forgets what is not taken yet. */
static inline void stop_listening(void)
{
	to_ingress.sent_count = to_ingress.taken = 0;
}

/* The next message; it must be that one. */
static inline const struct buffer *hear_message(enum message_number expected)
{
	const struct buffer *message = &to_ingress.sent[to_ingress.taken];

	assert_true(to_ingress.taken < to_ingress.sent_count);
	assert_string_equal(message_name(number_of(message)), message_name(expected));
	to_ingress.taken++;
	return message;
}

#define HEAR(name, number)                                                                         \
	static inline struct message_##name hear_##name(void)                                      \
	{                                                                                          \
		const struct buffer *message = hear_message(number);                               \
		struct message_##name out;                                                         \
		struct why why;                                                                    \
                                                                                                   \
		assert_true(message_decode_##name(                                                 \
			buffer_unread(message), buffer_unread_size(message), &heard, &out, &why)); \
		return out;                                                                        \
	}
HEAR(pool_hello, MESSAGE_POOL_HELLO)
HEAR(pool_beat, MESSAGE_POOL_BEAT)
HEAR(verdicts, MESSAGE_VERDICTS)
HEAR(cooldowns, MESSAGE_COOLDOWNS)
HEAR(migrated, MESSAGE_MIGRATED)
HEAR(bye, MESSAGE_BYE)
#undef HEAR

/* --- what ingress says ------------------------------------------------------------------------ */

static inline void deliver(struct zlink *link, struct buffer *message)
{
	link->fn(link->owner, NULL, buffer_unread(message), buffer_unread_size(message));
	buffer_finish(message);
}

static inline void say_welcome_of(uint8_t version, uint64_t session, enum welcome_result result,
				  uint64_t epoch)
{
	const struct message_welcome welcome = { .version = version,
						 .result = result,
						 .session = session,
						 .epoch = epoch,
						 .reason = { "because", 7 } };
	struct buffer out = { 0 };

	message_encode_welcome(&welcome, &out);
	deliver(&to_ingress, &out);
}

static inline void say_welcome(uint64_t session, enum welcome_result result, uint64_t epoch)
{
	say_welcome_of(PROTOCOL_VERSION, session, result, epoch);
}

static inline void say_beat_answer(uint64_t session, uint64_t epoch)
{
	const struct message_beat_answer answer = { session, epoch };
	struct buffer out = { 0 };

	message_encode_beat_answer(&answer, &out);
	deliver(&to_ingress, &out);
}

static inline void say_stored(uint64_t session, uint64_t number)
{
	const struct message_verdicts_stored stored = { session, number };
	struct buffer out = { 0 };

	message_encode_verdicts_stored(&stored, &out);
	deliver(&to_ingress, &out);
}

static inline void say_updates(uint64_t session, struct message_item *items, size_t count)
{
	const struct message_updates updates = { session, items, count };
	struct buffer out = { 0 };

	message_encode_updates(&updates, &out);
	deliver(&to_ingress, &out);
}

static inline void say_cooldown(int64_t chat_id, uint64_t remaining_ms)
{
	struct message_cooldown cooldown = { chat_id, remaining_ms };
	const struct message_cooldowns cooldowns = { &cooldown, 1 };
	struct buffer out = { 0 };

	message_encode_cooldowns(&cooldowns, &out);
	deliver(&to_ingress, &out);
}

#endif
