/* queue.h - the order in which a sender makes its calls: moderation before answers, answers before
 * bulk, a limited number at once, and none into a cooldown.
 *
 * A chat has several lines of calls, and of each line one call at a time is made, in order: one for
 * its messages and whatever else, one for deletions, and one for what is done about each person
 * (method.h says which method is of which). So a ban waits for no answer and for no other ban; but
 * a chat has at most SEND_CHAT_AT_ONCE calls in flight, since Telegram holds back who makes more,
 * and a cooldown is the whole chat's. Calls without a chat have no order. Bulk is
 * what jobs do (workers/api/jobs.h): among a chat's messages everything else goes before it, too.
 *
 * No clock and no network in here: times are passed in. */
#ifndef WORKERS_SENDER_QUEUE_H
#define WORKERS_SENDER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/id_map.h"
#include "workers/wire/call.h"
#include "workers/wire/method.h"

#define SEND_CHAT_AT_ONCE 16u

struct download;

struct send_line;

STAILQ_HEAD(send_call_list, send_call);

/* A call at the sender. The queue uses `link`, `line`, and of `call` the chat and the class; the
 * rest is the sender's. */
struct send_call {
	STAILQ_ENTRY(send_call) link;
	struct send_line *line;
	enum method_line line_kind;
	int64_t person; /* LINE_PERSON: which; 0: nobody in particular */
	uint64_t id;
	struct call call; /* texts point into the bytes that follow the struct, or into `moved` */
	enum method_id method;
	uint8_t flags;    /* enum wire_call_flag */
	bool stays;       /* waits here, however long */
	bool cooled;      /* Telegram wants it later, and nothing else */
	bool hint;        /* WIRE_HINT: nobody is told what came of it */
	uint8_t repeated; /* times it was repeated while in doubt */
	uint16_t tries;
	uint16_t refusals; /* 401 or 404: retry.h */
	uint16_t place;    /* in the scoreboard's table while in flight; from 1 */
	uint64_t stamp;    /* of the rights in its chat, from before it was begun: rights.h */
	char *moved;       /* the body after a migration, or NULL */
	struct call asked; /* the call as it came, or moved, while it is in flight */
	char *written;     /* the body that is written in place of its own, or NULL */
	struct download *download; /* a getFile whose file is fetched, or NULL */
	struct call_file *files;   /* call.files, or NULL; their descriptors are owned */
	uint64_t began_us;
	/* gather.h */
	struct text deletes; /* ids of messages, as JSON; nil: it is not gathered */
	uint16_t deletes_count;
	uint16_t gather_max;            /* the most calls to be made as one; 0: no limit */
	struct send_call_list gathered; /* made together with this one */
	size_t gathered_count;
	/* said.h */
	struct said *said; /* what is known of its name; NULL: not asked yet */
	char *named;       /* the body with ids, or NULL */
	char *result;      /* of it, for who waits; or NULL */
	bool nameless;     /* Redis is away */
	uint32_t duration_us;
};

struct send_queue {
	struct id_map chats;
	struct id_map persons; /* lines, by a hash of chat and person */
	TAILQ_HEAD(send_list, send_line) ready[CALL_CLASSES], sleeping;
	size_t parked;           /* lines that wait for others of their chat */
	uint64_t token_until_ms; /* end of the whole token's cooldown */
	uint64_t jobs_due_ms;    /* no bulk before: pace.h; the owner sets it */
	uint64_t next_wake_ms;   /* earliest of the sleeping lines; UINT64_MAX: none */
	size_t in_flight, limit;
	bool may_be_late; /* a cooldown began, or a call came for a chat in one */
};

void send_queue_init(struct send_queue *queue, size_t limit);
/* Frees the calls in it, too. */
void send_queue_finish(struct send_queue *queue);

/* Appends it to the calls of its line. */
void send_queue_add(struct send_queue *queue, struct send_call *call);
/* Whether a call of this chat would be made at once: it has no other, and no cooldown. */
bool send_queue_is_free(const struct send_queue *queue, int64_t chat_id, uint64_t now_ms);
/* The call to make now, which is then in flight; NULL when there is none. */
struct send_call *send_queue_next(struct send_queue *queue, uint64_t now_ms);
/* While a call is in flight: the one behind it in its line, or NULL; takes that one out; puts one
 * back that was taken, before those that wait. */
struct send_call *send_queue_behind(const struct send_call *call);
void send_queue_take_behind(const struct send_call *call);
void send_queue_put_behind(const struct send_call *call, struct send_call *taken);
/* A call that was in flight is done; the caller frees it. */
void send_queue_done(struct send_queue *queue, struct send_call *call);
/* A call that was in flight is to be made again, before those behind it, at `due_ms` or later. */
void send_queue_retry(struct send_queue *queue, struct send_call *call, uint64_t due_ms);
/* The same of a call of a job, which lets everything else of its line go before. */
void send_queue_hold(struct send_queue *queue, struct send_call *call, uint64_t due_ms);
/* No call of this chat (0: no call at all) before `until_ms`. Never shortens a cooldown. */
void send_queue_cool(struct send_queue *queue, int64_t chat_id, uint64_t until_ms);
/* Takes out the calls in cooldowns that end at `late_ms` or later (0: all calls), in the order of
 * each line: `fn` gets each, with the end of its cooldown, and frees it. Calls that `stay` remain,
 * and so do those that only wait for another attempt. Costs nothing while there are no
 * cooldowns. */
typedef void send_late_fn(void *owner, struct send_call *call, uint64_t until_ms);
void send_queue_give_back(struct send_queue *queue, uint64_t now_ms, uint64_t late_ms,
			  send_late_fn *fn, void *owner);
/* The replies that wait behind a call in flight now, and those that come while it is, are not
 * begun: once it is over the next send_queue_give_back() takes them out. */
void send_queue_close_busy(struct send_queue *queue);
/* When to call send_queue_next() again even if nothing happens; UINT64_MAX: no need. */
uint64_t send_queue_wake_ms(const struct send_queue *queue);

void send_call_free(struct send_call *call);

#endif
