/* ask.h - conversation steps without any storage: the question carries, behind an invisible
 * character, a link with the slug of the step and its deadline, sealed for the chat and the person.
 * Telegram asks the person to reply and sends the question along with the answer, so the step
 * survives every restart, reaches any pool, and costs no look-up. */
#ifndef WORKERS_HOST_ASK_H
#define WORKERS_HOST_ASK_H

#include "workers/host/ctx.h"
#include "workers/host/place.h"

#define ASK_SECONDS 3600

/* The link for a question asked now at that place; a slug of at most STEP_SLUG_MAX bytes. */
const char *ask_link(struct ctx *ctx, const struct place *to, struct text slug);

enum ask_state {
	ASK_NOTHING, /* the message does not answer a question of ours to this person */
	ASK_ANSWERED,
	ASK_TOO_LATE,
	ASK_CANCELLED,
};
enum ask_state ask_find(struct ctx *ctx, struct text *slug);

/* Tells the person with what they can answer: ctx->match.expected. */
enum verdict ask_tell_expected(struct ctx *ctx);
/* Tells the person that the question takes no answer any more. */
enum verdict ask_tell_closed(struct ctx *ctx);

#endif
