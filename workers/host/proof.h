/* proof.h - anonymous administrators: Telegram tells the bot nothing but that they are some. Either
 * the group trusts them, or they prove who they are, with a button: whoever presses it, within
 * PROOF_SECONDS, has the command run in their name, if they may (proven.c). Until then the message
 * is kept in Redis. */
#ifndef WORKERS_HOST_PROOF_H
#define WORKERS_HOST_PROOF_H

#include "workers/host/ctx.h"

#define PROOF_SECONDS 300         /* PRIVACY.md */
#define PROOF_BUTTON "prove:%lld" /* the id of the message */

/* Whether a person is an anonymous administrator of a group that lets them do what others may;
 * never what only its owner may. */
bool proof_is_trusted(struct ctx *ctx, const struct chat *chat, const struct user *user);
/* Asks who wrote the command. False: it cannot be kept. */
bool proof_ask(struct ctx *ctx);
/* The message that is kept, as it came; nil: none, or no longer. */
struct text proof_find(struct ctx *ctx, int64_t message_id);

/* --- proven.c --- */

button_fn proof_press;

#endif
