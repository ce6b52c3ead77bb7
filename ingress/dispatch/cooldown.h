/* cooldown.h - scopes in which Telegram asked for silence (429): what one pool's sender learned
 * holds for all, and nothing is dispatched into it until it is over. */
#ifndef INGRESS_DISPATCH_COOLDOWN_H
#define INGRESS_DISPATCH_COOLDOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/message.h"
#include "ingress/dispatch/dispatch.h"

/* More than that at once is nonsense. */
#define COOLDOWNS_MAX 65536u

struct cooldown {
	int64_t chat_id;   /* 0: the whole token */
	uint64_t until_ms; /* loop time */
};

/* Zeroed is empty and ready. */
struct cooldowns {
	struct cooldown *list;
	size_t count, capacity;
};

void cooldowns_finish(struct cooldowns *cooldowns);
/* Holds the chat's lane, or everything; a scope that is held already is held for the longer time.
 */
void cooldowns_add(struct cooldowns *cooldowns, struct dispatch *dispatch,
		   const struct message_cooldown *cooldown, uint64_t now_ms);
/* Lets go what is over; returns when the next one will be, 0 for none. */
uint64_t cooldowns_expire(struct cooldowns *cooldowns, struct dispatch *dispatch, uint64_t now_ms);
/* What a new pool must know: up to `max`; returns how many. */
size_t cooldowns_list(const struct cooldowns *cooldowns, struct message_cooldown *out, size_t max,
		      uint64_t now_ms);

#endif
