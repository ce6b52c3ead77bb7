/* queue.h - the order in which a sender makes its calls: one at a time and in order for each
 * chat, answers before bulk, so many at once in all, and none into a cooldown.
 *
 * No clock and no network in here: times are passed in. A call without a chat has no order. */
#ifndef WORKERS_SENDER_QUEUE_H
#define WORKERS_SENDER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/id_map.h"
#include "workers/wire/call.h"
#include "workers/wire/method.h"

struct send_chat;

/* One call at the sender. The queue uses `link` and `chat`; the rest is the sender's. */
struct send_call {
	STAILQ_ENTRY(send_call) link;
	struct send_chat *chat;
	uint64_t id;
	struct call call; /* texts point into the bytes that follow the struct, or into `moved` */
	enum method_id method;
	uint8_t flags;    /* enum wire_call_flag */
	bool stays;       /* waits here however long that is */
	uint8_t repeated; /* times it was repeated while in doubt */
	uint16_t tries;
	uint16_t refusals; /* 401 or 404: see retry.h */
	uint16_t place;    /* in the scoreboard's table, while in flight; from 1 */
	char *moved;       /* the body after a migration, or NULL */
	uint64_t began_us;
};

struct send_queue {
	struct id_map chats;
	TAILQ_HEAD(send_list, send_chat) ready[CALL_BULK + 1], sleeping;
	uint64_t token_until_ms; /* the whole token is silent until then */
	uint64_t next_wake_ms;   /* earliest of those that sleep; UINT64_MAX: none */
	size_t in_flight, limit;
	bool may_be_late; /* something was cooled, or came for what is */
};

void send_queue_init(struct send_queue *queue, size_t limit);
/* Frees the calls in it too. */
void send_queue_finish(struct send_queue *queue);

/* Last of its chat. */
void send_queue_add(struct send_queue *queue, struct send_call *call);
/* The call to make now, which then is in flight; NULL when there is none. */
struct send_call *send_queue_next(struct send_queue *queue, uint64_t now_ms);
/* A call that was in flight is over; the caller frees it. */
void send_queue_done(struct send_queue *queue, struct send_call *call);
/* A call that was in flight is made again, before what waits behind it, at `due_ms` or later. */
void send_queue_retry(struct send_queue *queue, struct send_call *call, uint64_t due_ms);
/* No call of this chat (0: no call at all) before `until_ms`. An earlier end is not shortened. */
void send_queue_cool(struct send_queue *queue, int64_t chat_id, uint64_t until_ms);
/* Takes out what Telegram wants nobody to make before `late_ms` (0: all), in the order of each
 * chat: `fn` gets it, and until when it may not be made, and frees it. Calls that `stay` remain,
 * and so does what only waits to be tried again. Costs nothing while nothing was cooled. */
typedef void send_late_fn(void *owner, struct send_call *call, uint64_t until_ms);
void send_queue_give_back(struct send_queue *queue, uint64_t now_ms, uint64_t late_ms,
			  send_late_fn *fn, void *owner);
/* When to ask send_queue_next() again although nothing happened; UINT64_MAX: no need. */
uint64_t send_queue_wake_ms(const struct send_queue *queue);

void send_call_free(struct send_call *call);

#endif
