/* cooldown.h - chats, or the whole token, for which Telegram asked us to wait (429). What one
 * pool's sender learns applies to all pools: nothing is dispatched into that scope until the time
 * is over. */
#ifndef INGRESS_DISPATCH_COOLDOWN_H
#define INGRESS_DISPATCH_COOLDOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/message.h"
#include "ingress/dispatch/dispatch.h"

/* A sane bot never has more at once. */
#define COOLDOWNS_MAX 65536u

struct cooldown {
	int64_t chat_id;   /* 0: the whole token */
	uint64_t until_ms; /* loop time */
};

/* A zeroed struct is empty and ready. */
struct cooldowns {
	struct cooldown *list;
	size_t count, capacity;
};

void cooldowns_finish(struct cooldowns *cooldowns);
/* Holds the chat's lane, or everything; an existing cooldown is only ever extended. */
void cooldowns_add(struct cooldowns *cooldowns, struct dispatch *dispatch,
		   const struct message_cooldown *cooldown, uint64_t now_ms);
/* How long the whole token is to be silent; 0: it is not. */
uint64_t cooldowns_token_ms(const struct cooldowns *cooldowns, uint64_t now_ms);
/* Of how many chats, and how long the longest of these lasts; 0: none. */
size_t cooldowns_chats(const struct cooldowns *cooldowns, uint64_t now_ms, uint64_t *longest_ms);
/* Releases what is over; returns when the next one ends, 0 for none. */
uint64_t cooldowns_expire(struct cooldowns *cooldowns, struct dispatch *dispatch, uint64_t now_ms);
/* What a new pool must be told, up to `max`; returns how many. */
size_t cooldowns_list(const struct cooldowns *cooldowns, struct message_cooldown *out, size_t max,
		      uint64_t now_ms);

#endif
