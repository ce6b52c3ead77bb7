/* ask.h - conversation steps without any store: the question carries, behind a character that
 * nobody sees, a link with the name of the step and until when it may be answered, sealed for the
 * chat and the person. Telegram shows the question as something to reply to and brings it back with
 * the answer, so the step survives every restart, reaches any pool, and costs no look-up. */
#ifndef WORKERS_HOST_ASK_H
#define WORKERS_HOST_ASK_H

#include "workers/host/ctx.h"

#define ASK_SECONDS 3600

/* The link of a question that is asked now. */
const char *ask_link(struct ctx *ctx, const char *step);

enum ask_state {
	ASK_NOTHING, /* the message in hand answers no question of ours to this person */
	ASK_ANSWERED,
	ASK_TOO_LATE,
	ASK_CANCELLED,
};
enum ask_state ask_find(struct ctx *ctx, struct text *step);

#endif
