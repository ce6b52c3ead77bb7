/* queue.h - the updates that wait for the bot, by Telegram's rules (TDLib's TQueue, which the Bot
 * API server uses): at most 100,000 updates, 128 MiB, 512 KiB each, each with a time to live; ids
 * are int32, are consecutive and start anywhere. What does not fit is lost silently. */
#ifndef SIMULATOR_QUEUE_H
#define SIMULATOR_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUE_UPDATES_MAX 100000
#define QUEUE_BYTES_MAX (128u << 20)
#define QUEUE_UPDATE_MAX (512u << 10)
#define QUEUE_ID_MAX 2000000000

struct queued_update {
	char *json; /* `"message":{…}`, what follows the update_id; NULL: forgotten */
	uint32_t size;
	int32_t id;
	int64_t expires_s;
	int64_t lane;           /* webhook: updates of one lane are delivered in order */
	int64_t chat_id;        /* with ping >= 0: the chat and number of a "/ping N" */
	int64_t ping;           /* -1: none */
	uint32_t delivered;     /* times handed out */
	bool in_flight;         /* webhook: with the bot */
	uint64_t not_before_ms; /* webhook: of the next try */
};

struct queue_counts {
	uint64_t pushed;
	uint64_t refused;     /* lost: the queue was full or the update too large */
	uint64_t delivered;   /* handed out for the first time */
	uint64_t redelivered; /* handed out again */
	uint64_t confirmed;   /* forgotten after they were handed out */
	uint64_t unseen;      /* forgotten without having been handed out: dropped by the bot */
	uint64_t expired;     /* of those: ran out of time */
};

struct queue {
	struct queued_update *ring; /* QUEUE_UPDATES_MAX slots, made at first use */
	size_t head;                /* slot of first_id */
	size_t span;                /* ids from first_id to tail_id, holes included */
	size_t count;               /* live ones */
	size_t bytes;
	int32_t tail_id; /* of the next update; 0: none was made yet */
	struct queue_counts counts;
};

void queue_finish(struct queue *queue);
/* Takes over `json` (from xmalloc), also when it is refused. Returns the id, 0 when it is lost.
 * `update` gives everything but id, json and size. */
int32_t queue_push(struct queue *queue, const struct queued_update *update, char *json, size_t size,
		   int64_t now_s);
/* Only an empty queue may start again elsewhere, as Telegram does after a week without updates. */
bool queue_restart(struct queue *queue, int32_t next_id);

/* getUpdates' walk: forgets what is before `offset`, drops what ran out of time, fills `out` with
 * up to `limit` updates. offset 0: from the head; negative: from the -offset last one, forgetting
 * all before; more than 10 above the tail, or 100,000 below the head: from the head. Returns how
 * many; *from is the offset that was used. Borrowed until the next call. */
size_t queue_get(struct queue *queue, int32_t offset, size_t limit, int64_t now_s,
		 struct queued_update **out, int32_t *from);
/* Forgets all of it: drop_pending_updates. */
void queue_clear(struct queue *queue);
/* Webhook: the update was taken by the bot. */
void queue_forget(struct queue *queue, struct queued_update *update);
/* The first live update at or after `id`; NULL at the end. */
struct queued_update *queue_next(struct queue *queue, int32_t id);
/* Counts a delivery. */
void queue_mark_delivered(struct queue *queue, struct queued_update *update);

#endif
