/* visible.h - who may be shown what is recorded about somebody: operators, the person, and people
 * in a group where that person is, within that group (PRIVACY.md, "Who else sees it"). */
#ifndef WORKERS_HOST_VISIBLE_H
#define WORKERS_HOST_VISIBLE_H

#include "workers/host/ctx.h"

/* Whether whoever did this may see it. Asks Telegram who is in the group; false when it does not
 * say. */
bool ctx_may_see(struct ctx *ctx, int64_t user_id);

/* The person recorded under a username (case does not matter) for a handler that acts on them: with
 * no more than the id and that name when whoever did this may not see the rest. NULL when there is
 * none, or more than one. */
const struct user *ctx_find_named(struct ctx *ctx, const char *username);

#endif
