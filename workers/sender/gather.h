/* gather.h - deletions of a chat that wait for each other are made as one deleteMessages (Bot API:
 * 1 to 100 ids), and which line a call waits in.
 *
 * Each of them stays a call of its own: it is done when it was made, and a batch that Telegram
 * refuses is halved until what it refuses is alone, so that no deletion is lost to another's fault.
 */
#ifndef WORKERS_SENDER_GATHER_H
#define WORKERS_SENDER_GATHER_H

#include "workers/sender/queue.h"
#include "workers/wire/answer.h"

/* By its method: the line, the person, the class, and whether it may be gathered. */
void gather_read(struct send_call *call);
/* A deletion that is about to be made takes along those behind it. */
void gather_start(struct send_call *call);
/* It was not made: all go back into the line, in order; `call` remains in flight, alone. */
void gather_undo(struct send_call *call);
/* Whether Telegram's answer to several may be about one of them, which keeps the others from being
 * made. */
bool gather_may_blame_one(enum call_outcome outcome);
/* It is so: the same as gather_undo(), and in halves from now on. */
void gather_halve(struct send_call *call);

#endif
