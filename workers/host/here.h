/* here.h - where an update happened, and which chat is in hand: what workers/api/enter.h changes.
 *
 *                     it happened in   in hand   messages named by id, without a chat
 *     as it comes     a chat           the same  the same
 *     ctx_enter()     a chat           another   the other
 *     connected       a private chat   a group   the private chat */
#ifndef WORKERS_HOST_HERE_H
#define WORKERS_HOST_HERE_H

#include "workers/host/ctx.h"

/* Where it happened, and answers go; NULL: in no chat. */
const struct chat *ctx_find_here(struct ctx *ctx);
/* Whose messages a handler means that names no chat; NULL: none. */
const struct chat *ctx_find_said(struct ctx *ctx);
/* Where it happened is the chat in hand again. */
void here_return(struct ctx *ctx);

#endif
