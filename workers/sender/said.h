/* said.h - the names of messages (workers/wire/call_name.h), in Redis: asked right before a call
 * that is about one, noted right after it. Never blocks: while an answer of Redis is awaited only
 * that chat's calls wait.
 *
 * The note is acknowledged before the call counts as made: when the pool is killed before, the call
 * is made again, and finds the note. */
#ifndef WORKERS_SENDER_SAID_H
#define WORKERS_SENDER_SAID_H

#include <stdbool.h>

#include "common/loop.h"
#include "common/why.h"
#include "workers/sender/queue.h"

struct said_names;

#define SILENCE_KEPT_S (30 * 86400) /* PRIVACY.md */

struct said_events {
	void *owner;
	/* It can be made now: what is known of its name is in call->said. */
	void (*ready)(void *owner, struct send_call *call);
	/* Nothing is to be done for the call (any more). */
	void (*finish)(void *owner, struct send_call *call);
	/* The bot may not write in that group since then, UTC. */
	void (*silent_since)(void *owner, int64_t chat_id, int64_t since_s);
};

/* Connects when it is first needed. NULL and a reason when the URL is malformed. */
struct said_names *said_names_create(struct loop *loop, const char *redis_url,
				     const char *privacy_key, const struct said_events *events,
				     struct why *why);
void said_names_destroy(struct said_names *names);

/* Whether the call can be made now. If not, ready() or finish() comes later, or has come. */
bool said_names_prepare(struct said_names *names, struct send_call *call);
/* It was made, with this result (JSON; nil: refused). Whether finish() comes later, or has come. */
bool said_names_note(struct said_names *names, struct send_call *call, struct text result);

/* silenced.h: notes that the bot may not write there, unless it is noted; silent_since() follows,
 * but not while Redis is away. Kept for SILENCE_KEPT_S. */
void said_names_silence(struct said_names *names, int64_t chat_id, int64_t now_s);
/* It may write there again. */
void said_names_unsilence(struct said_names *names, int64_t chat_id);

#endif
