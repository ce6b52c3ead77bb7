/* cooled.h - the scopes in which Telegram asked for silence, kept for the next sender: what one
 * knows ends with it. A short list, searched from the front. */
#ifndef WORKERS_PARENT_COOLED_H
#define WORKERS_PARENT_COOLED_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed is empty and ready. */
struct cooled {
	struct cooled_scope {
		int64_t chat_id; /* 0: the whole token */
		uint64_t until_ms;
	} * scopes;
	size_t count, capacity;
};

void cooled_finish(struct cooled *cooled);
/* Forgets what is over; an earlier end is not shortened. */
void cooled_note(struct cooled *cooled, int64_t chat_id, uint64_t now_ms, uint64_t until_ms);

#endif
