/* inline_answer.h - a draft where the bot is a guest. */
#ifndef WORKERS_HOST_INLINE_ANSWER_H
#define WORKERS_HOST_INLINE_ANSWER_H

#include "workers/host/draft.h"

/* Whether what is said goes to a chat where the bot is not a member: once, as the answer to who
 * called it. */
bool inline_answer_is_for_guest(const struct ctx *ctx);
enum verdict inline_answer_guest(struct draft *draft);

#endif
