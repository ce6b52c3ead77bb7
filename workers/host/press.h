/* press.h - the press of a button, which expects an answer. */
#ifndef WORKERS_HOST_PRESS_H
#define WORKERS_HOST_PRESS_H

#include "workers/host/ctx.h"

/* Whether a press still waits for an answer and Telegram would still accept one. */
bool ctx_press_waits(const struct ctx *ctx);
/* Answers the press without showing anything. */
void ctx_answer_press(struct ctx *ctx);

#endif
