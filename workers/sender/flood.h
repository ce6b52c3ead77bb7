/* flood.h - what a 429 applies to. Telegram does not say (Bot API, ResponseParameters: only
 * retry_after).
 *
 * A call into a chat: that chat. But a chat with few recent messages cannot have reached its own
 * limit: when FLOOD_CHATS such chats are in a cooldown at once, and no call into a chat that began
 * since the first of them succeeded, it is the whole token.
 *
 * A call without a chat: that call only. The list of commands has a limit of its own, and the
 * answer of a button or an inline query is no message: it counts towards none of the limits that
 * Telegram tells of (Bots FAQ, "My bot is hitting limits"), and is worth nothing after 15 s. To
 * silence every chat for it would cost more than it can save: if the token is meant, chats will
 * show it. */
#ifndef WORKERS_SENDER_FLOOD_H
#define WORKERS_SENDER_FLOOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/wire/call.h"

#define FLOOD_CHATS 3u
#define FLOOD_ROOM 15u     /* of 20 */
#define FLOOD_RECENT 4096u /* chats, by hash: of two in one slot the later one counts */

enum flood_scope { FLOOD_CALL, FLOOD_CHAT, FLOOD_TOKEN };

/* Zeroed is empty. */
struct flood {
	struct flood_chat {
		int64_t id;
		uint64_t until_ms;
	} silent[FLOOD_CHATS]; /* the last ones refused, if that may be due to the token */
	size_t count;
	uint64_t since_ms; /* when the first of them was refused */
	struct flood_recent {
		int64_t id;
		uint32_t minute, messages; /* `messages` is halved with every minute */
		uint64_t last_ms;
	} recent[FLOOD_RECENT];
};

/* The call was refused until `*until_ms`. For FLOOD_TOKEN that becomes the earliest end of the
 * refused chats: the time that they have in common. */
enum flood_scope flood_refused(struct flood *flood, const struct call *call, uint64_t now_ms,
			       uint64_t *until_ms);
/* Another pool's call into this chat was refused. */
void flood_note(struct flood *flood, int64_t chat_id, uint64_t now_ms, uint64_t until_ms);
/* When a message of a job may be said in its chat: a second after the last one there, and not in a
 * minute in which the chat was said FLOOD_ROOM, so that answers find room. 0: now. */
uint64_t flood_room_ms(const struct flood *flood, const struct call *call, uint64_t now_ms);
/* A call that began at `began_ms` succeeded. */
void flood_passed(struct flood *flood, const struct call *call, uint64_t now_ms, uint64_t began_ms);

#endif
