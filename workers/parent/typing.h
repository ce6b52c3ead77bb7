/* typing.h - the chat action that a running handler asked for ("typing…"): shown once it takes over
 * a second, and again until it returns, because Telegram shows it for five (Bot API,
 * sendChatAction). */
#ifndef WORKERS_PARENT_TYPING_H
#define WORKERS_PARENT_TYPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/why.h"

/* Zeroed: nothing to show. */
struct typing {
	void *call; /* encoded, never read here; NULL: none */
	size_t size;
	uint64_t due_ms; /* loop_now_ms() */
};

/* Copies the call; false when it is larger than any such call. */
MUST_CHECK bool typing_begin(struct typing *typing, const void *call, size_t size, uint64_t now_ms);
/* Whether it is to be shown now; then it is due again in a while. */
bool typing_take_due(struct typing *typing, uint64_t now_ms);
void typing_end(struct typing *typing);

#endif
