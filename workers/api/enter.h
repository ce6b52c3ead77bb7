/* enter.h - another chat as the one in hand: from a link, from a button in the private chat, for a
 * list that chats share, or because the person chose it there. */
#ifndef WORKERS_API_ENTER_H
#define WORKERS_API_ENTER_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/api/routes.h"

/* Makes this the chat in hand, until the handler returns: ctx_find_chat(), THIS_CHAT and
 * THIS_MEMBER, facts, rights, ctx_act(), and calls without a chat_id are about it. Answers still go
 * where the person wrote, with the buttons and questions in them; a handler that they lead to
 * enters the chat again, by its id as a value of their slug. NULL, or why not, as a sentence for
 * people; then the chat in hand is the one that it was:
 *
 *     why = ctx_enter(ctx, slug_integer(ctx, 0), RIGHT_CHANGE_INFO);
 *     if (why)
 *             return ctx_reply(ctx, "%s", why);
 *
 * The person needs this right there; RIGHT_NONE: they must be in it. So must the bot, of which
 * Telegram is asked. A group that became a supergroup is entered under the id that it had, too.
 * Nobody enters somebody's private chat. 0 returns to where the update happened. */
const char *ctx_enter(struct ctx *ctx, int64_t chat_id, enum right right);
/* The same for a group that wants it so, whoever did this: one that follows a list, for example.
 * Nothing is checked or asked; its title is "". ctx_act() then wants `.by_rule`. */
void ctx_enter_by_rule(struct ctx *ctx, int64_t chat_id);

/* What a person's commands in the private chat are about: the group to which they are connected.
 *
 * While they are, a COMMAND() row with `.admin`, unless it is `.private` or `.here`, runs for them
 * in the private chat as if in that group: it is entered before the row's rights are checked, and
 * what is answered ends with its title. The buttons and questions of these answers lead back to it,
 * and to no other; so does what is chosen for a SERVICE() row with `.step` and `.admin`. */

/* Connects the person to the group in hand, for CONNECTED_SECONDS. False while Redis is away. */
#define CONNECTED_SECONDS 3600
bool ctx_connect(struct ctx *ctx);
/* False while Redis is away. */
bool ctx_disconnect(struct ctx *ctx);
/* NULL: none. Whether they still have a right there is not asked. */
const struct chat *ctx_find_connected(struct ctx *ctx);

#endif
