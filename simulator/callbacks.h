/* callbacks.h - the callback queries that may still be answered. */
#ifndef SIMULATOR_CALLBACKS_H
#define SIMULATOR_CALLBACKS_H

#include <stdbool.h>
#include <stdint.h>

#define CALLBACKS_MAX 65536
/* How long Telegram takes an answer. */
#define CALLBACK_LIFETIME_S 60

struct callback {
	int64_t id; /* 0: free */
	int64_t since_s;
	bool answered;
};

struct callbacks {
	struct callback *ring; /* made at first use */
	int64_t made;
	uint64_t answered, too_old;
};

void callbacks_finish(struct callbacks *callbacks);
int64_t callbacks_add(struct callbacks *callbacks, int64_t now_s);
/* False when it is unknown, answered or too old. */
bool callbacks_answer(struct callbacks *callbacks, int64_t id, int64_t now_s);

#endif
