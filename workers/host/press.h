/* press.h - the press of a button, which waits for its answer. */
#ifndef WORKERS_HOST_PRESS_H
#define WORKERS_HOST_PRESS_H

#include "workers/host/ctx.h"

/* Whether a press waits for an answer that Telegram still takes. */
bool ctx_press_waits(const struct ctx *ctx);
/* Answers the press without showing anything. */
void ctx_answer_press(struct ctx *ctx);

#endif
