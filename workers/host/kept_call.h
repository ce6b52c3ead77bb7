/* kept_call.h - calls whose result a handler waits for, when the handler runs again (turn.h). One
 * that makes something new each time (method.h: sendMessage, createChatInviteLink) is not made
 * again: what Telegram answered is kept in Redis for an hour. So are refusals, and that there was
 * no answer: a handler that adds to what its first try has made because adding was refused would
 * add twice, and a call without an answer may have been made. Only when the child dies in the
 * moment between Telegram's answer and that note it is made again; one that is to be made at most
 * once (draft_call() without a name) is noted before, and then it is in doubt. */
#ifndef WORKERS_HOST_KEPT_CALL_H
#define WORKERS_HOST_KEPT_CALL_H

#include "workers/host/ctx.h"
#include "workers/wire/call.h"

/* Makes the call, or finds its result. */
void kept_call(struct ctx *ctx, const struct call *call, struct call_result *out);

#endif
