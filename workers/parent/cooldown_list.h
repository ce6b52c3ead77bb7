/* cooldown_list.h - the scopes in which Telegram asked for silence, kept for the next sender: what
 * one knows ends with it. A short list, searched from the front. */
#ifndef WORKERS_PARENT_COOLDOWN_LIST_H
#define WORKERS_PARENT_COOLDOWN_LIST_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed is empty and ready. */
struct cooldown_list {
	struct cooldown_scope {
		int64_t chat_id; /* 0: the whole token */
		uint64_t until_ms;
	} * scopes;
	size_t count, capacity;
};

void cooldown_list_finish(struct cooldown_list *cooldowns);
/* Forgets what is over; an earlier end is not shortened. */
void cooldown_list_note(struct cooldown_list *cooldowns, int64_t chat_id, uint64_t now_ms,
			uint64_t until_ms);

#endif
