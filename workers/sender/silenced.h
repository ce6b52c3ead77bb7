/* silenced.h - groups where the bot may not write: Telegram is not asked at every answer, and after
 * a day the bot leaves.
 *
 * After a refusal nothing is said there for SILENCED_FIRST_MS, doubled with each up to
 * SILENCED_MAX_MS: what handlers say meanwhile is refused in Telegram's place. When a message
 * arrives, or the bot's rights have changed, all is forgotten. Since when it is so is in Redis
 * (said.h), under a keyed hash, so that it outlives the pool; the first try after SILENCED_LEAVE_S
 * that is refused again ends with leaveChat.
 *
 * A table by hash: of two groups in one slot the later one counts. Pure; times are passed in. */
#ifndef WORKERS_SENDER_SILENCED_H
#define WORKERS_SENDER_SILENCED_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/sender/queue.h"

#define SILENCED_GROUPS 1024u
#define SILENCED_FIRST_MS 10000u
#define SILENCED_MAX_MS 300000u
#define SILENCED_LEAVE_S 86400
#define SILENCED_REFUSAL \
	"Bad Request: not enough rights to send text messages to the chat, as a moment ago"

/* Zeroed is empty. */
struct silenced {
	struct silenced_group {
		int64_t id; /* 0: none */
		uint64_t until_ms, wait_ms;
	} groups[SILENCED_GROUPS];
};

enum silenced_change { SILENCED_UNCHANGED, SILENCED_NOW, SILENCED_NO_MORE };

/* Whether this is not to be said now. */
bool silenced_holds(const struct silenced *silenced, const struct send_call *call, uint64_t now_ms);
/* A call was answered with this. */
enum silenced_change silenced_learn(struct silenced *silenced, const struct send_call *call,
				    const struct call_result *result, uint64_t now_ms);
/* The bot's rights there have changed. */
void silenced_forget(struct silenced *silenced, int64_t chat_id);
/* A call that leaves it, of which nobody is told. */
struct send_call *silenced_leave(int64_t chat_id);

#endif
