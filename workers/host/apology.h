/* apology.h - tells a person that their update failed. */
#ifndef WORKERS_HOST_APOLOGY_H
#define WORKERS_HOST_APOLOGY_H

#include "workers/host/ctx.h"

/* Tells the person that their update failed, with its reference id, in place of everything that was
 * queued: once an hour for each chat and kind of failure (operators in their private chats: each
 * time), and never in channels. */
void ctx_apologize(struct ctx *ctx, const char *kind);

#endif
