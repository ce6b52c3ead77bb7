/* holder.h - whose something is that a module stores, keeps or counts. */
#ifndef WORKERS_HOST_HOLDER_H
#define WORKERS_HOST_HOLDER_H

#include "workers/host/ctx.h"

bool holder_equal(struct holder a, struct holder b);
/* Whose settings a chat uses: in a private chat they are the person's. */
struct holder holder_of_chat(const struct chat *chat);
/* Puts in the chat and the person of the update where an id is 0, and a person for their private
 * chat. False, and the handler has failed: there are none. */
MUST_CHECK bool holder_resolve(struct ctx *ctx, struct holder *holder);
/* It would be held by an account that stands for chats, which everybody shares who writes in the
 * name of one. */
bool holder_is_shared(struct ctx *ctx, struct holder holder);

#endif
