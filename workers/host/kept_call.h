/* kept_call.h - calls whose result a handler waits for, when the handler runs again (turn.h). One
 * that makes something new each time (method.h: sendMessage, createChatInviteLink) is not made
 * again: its result is kept in Redis for an hour. Only when the child dies in the moment between
 * Telegram's answer and that note it is. */
#ifndef WORKERS_HOST_KEPT_CALL_H
#define WORKERS_HOST_KEPT_CALL_H

#include "workers/host/ctx.h"
#include "workers/wire/call.h"

/* Makes the call, or finds its result. */
void kept_call(struct ctx *ctx, const struct call *call, struct call_result *out);

#endif
