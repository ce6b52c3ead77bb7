/* cooldown_list.h - the chats (or the whole token) to which Telegram wants nothing sent for a while
 * (429). A sender's knowledge dies with it, so the parent keeps this for the next one. A short
 * list, searched from the front. */
#ifndef WORKERS_PARENT_COOLDOWN_LIST_H
#define WORKERS_PARENT_COOLDOWN_LIST_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed is empty. */
struct cooldown_list {
	struct cooldown_scope {
		int64_t chat_id; /* 0: the whole token */
		uint64_t until_ms;
	} * scopes;
	size_t count, capacity;
};

void cooldown_list_finish(struct cooldown_list *cooldowns);
/* Drops what has expired; never shortens an existing cooldown. */
void cooldown_list_note(struct cooldown_list *cooldowns, int64_t chat_id, uint64_t now_ms,
			uint64_t until_ms);
/* How long the whole token is to be silent from now on; 0: it is not. */
uint64_t cooldown_list_token_ms(const struct cooldown_list *cooldowns, uint64_t now_ms);

#endif
