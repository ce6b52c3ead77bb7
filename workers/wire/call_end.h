/* call_end.h - parameters that tell Telegram when something ends or happens, as a moment:
 * until_date and its like. Handlers give them as durations, in seconds from when they say it (0:
 * none, as Telegram means it); the sender makes moments of them when it makes the call.
 *
 * A duration counts from when it was said: a call that waits for Telegram, is made again, or comes
 * back after a restart ends what it ends when it was meant to end. But an end that is over by then,
 * or nearer than Telegram takes, becomes the nearest that it takes: less than 30 s is for ever (Bot
 * API, "banChatMember"). */
#ifndef WORKERS_WIRE_CALL_END_H
#define WORKERS_WIRE_CALL_END_H

#include <stdint.h>

#include "workers/wire/call.h"

struct call_end {
	const char *name;
	int64_t least_s; /* the nearest that Telegram takes, and the second that it takes to ask */
};

/* NULL: no parameter of this kind. */
const struct call_end *call_end_find(struct text name);
/* The body with moments in the place of durations, for the caller to free; NULL when there are
 * none, or it is not JSON. `said_s` and `now_s` are UTC. */
char *call_body_with_ends(struct text body, int64_t said_s, int64_t now_s);

#endif
