/* flood.h - what a 429 is about, which Telegram does not say (Bot API, ResponseParameters: it gives
 * retry_after and no more). The sender asks.
 *
 * A call into a chat: that chat. But a chat that had few messages lately cannot have reached a
 * limit of its own: when such a one is refused, FLOOD_CHATS are silent at once, and no call into a
 * chat that began since the first of them went well, it is the whole token. A call without a chat
 * answers somebody (an inline query) and has no limit of its own: the whole token, too; but one of
 * the bulk (the list of commands) has: that call only. */
#ifndef WORKERS_SENDER_FLOOD_H
#define WORKERS_SENDER_FLOOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/wire/call.h"

#define FLOOD_CHATS 3u
#define FLOOD_RECENT 4096u /* chats, by hash: of two in one place the later one counts */

enum flood_scope { FLOOD_CALL, FLOOD_CHAT, FLOOD_TOKEN };

/* Zeroed is empty and ready. */
struct flood {
	struct flood_chat {
		int64_t id;
		uint64_t until_ms;
	} silent[FLOOD_CHATS]; /* the latest that were refused, if that may be about the token */
	size_t count;
	uint64_t since_ms; /* when the first was */
	struct flood_recent {
		int64_t id;
		uint32_t minute, messages; /* halved with every minute */
	} recent[FLOOD_RECENT];
};

/* The call was refused until `*until_ms`; for the token that becomes the earliest end of those that
 * were refused: what they have in common. */
enum flood_scope flood_refused(struct flood *flood, const struct call *call, uint64_t now_ms,
			       uint64_t *until_ms);
/* Another pool's call into this chat was. */
void flood_note(struct flood *flood, int64_t chat_id, uint64_t now_ms, uint64_t until_ms);
/* A call that began at `began_ms` went well. */
void flood_passed(struct flood *flood, const struct call *call, uint64_t now_ms, uint64_t began_ms);

#endif
