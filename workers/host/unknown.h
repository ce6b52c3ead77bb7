/* unknown.h - what a person is told who writes a command that no module has. */
#ifndef WORKERS_HOST_UNKNOWN_H
#define WORKERS_HOST_UNKNOWN_H

#include "workers/host/ctx.h"

/* In a private chat, where nobody else can be meant, points to /help: once an hour for each name,
 * so that two programs that answer each other come to an end. */
void ctx_answer_unknown(struct ctx *ctx);

#endif
