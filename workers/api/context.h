/* context.h - what a handler can ask about its update, the chat and the bot. */
#ifndef WORKERS_API_CONTEXT_H
#define WORKERS_API_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/settings.h"
#include "workers/api/events.h"
#include "workers/api/people.h"
#include "workers/api/routes.h"

struct module;

/* What open() made. */
void *ctx_state(const struct ctx *ctx);
const struct settings *ctx_settings(const struct ctx *ctx);
/* Zeroed, aligned memory, freed when the handler returns. */
void *ctx_alloc(struct ctx *ctx, size_t size);
/* Plain text, not markup, freed when the handler returns. */
const char *ctx_printf(struct ctx *ctx, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* When the update happened, UTC seconds: as Telegram says, else when it was received; of work that
 * was put off, when it is due. However late it is handled and however often, it is the same. */
int64_t ctx_now(struct ctx *ctx);
/* A number from 0 to below - 1, of at most 2^63 - 1: another with each call, the same ones when the
 * handler runs again. Nobody can tell it who lacks the operator's KORONE_PRIVACY_KEY. */
int64_t ctx_random(struct ctx *ctx, int64_t below);
/* A number made of these two and that key: the same each time. For what must not be kept where
 * people, or their programs, can read it: facts, settings, slugs. */
uint64_t ctx_secret(const struct ctx *ctx, int64_t one, int64_t other);

/* The chat in which it happened and who did it; NULL for kinds that have none. */
const struct chat *ctx_find_chat(struct ctx *ctx);
const struct user *ctx_find_user(struct ctx *ctx);
/* The forum topic it happened in; 0 outside of topics. */
int64_t ctx_topic(struct ctx *ctx);
/* Whether this is one of the accounts that Telegram shows for channels, anonymous administrators
 * and itself: nobody whom a command could be about. */
bool user_is_stand_in(const struct user *user);
/* What somebody, or the bot, may do in this chat: a bit for each, as in
 *
 *     if (ctx_rights(ctx, user->id) & 1u << RIGHT_PIN_MESSAGES)
 *
 * 0: no administrator, or Telegram does not tell, as to a bot that is none. Of who writes in the
 * name of the group it is known that they are one, and nothing else. It is asked of Telegram when
 * nobody of the pool did so in the last minute. */
unsigned ctx_rights(struct ctx *ctx, int64_t user_id);
bool chat_is_group(const struct chat *chat);
/* False also for an operator whose message was forwarded or made by another bot: somebody else may
 * have written it. */
bool ctx_is_operator(const struct ctx *ctx, const struct user *user);

/* The loaded modules, ending with NULL: for /help and the like. */
const struct module *const *ctx_modules(const struct ctx *ctx);
/* Whether a row's chat and operator columns admit this chat and person; tells them nothing. */
bool ctx_admits(const struct ctx *ctx, const struct route *route, const struct chat *chat,
		const struct user *user);
/* Whether a row of the module is there: the program that it needs, if any, is installed. */
bool ctx_offers(const struct ctx *ctx, const struct module *module, const struct route *route);
/* Whether admins may switch the command off in their group: all except `.always`, `.private` and
 * `.operators`. */
bool route_is_disableable(const struct route *route);
/* Whether they did in this chat. The host checks it before it runs a command. */
bool ctx_is_disabled(struct ctx *ctx, const struct route *route);
enum verdict ctx_disable(struct ctx *ctx, const struct route *route, bool disabled);
/* The row of a command by any of its names, with or without slash and "@thisbot"; NULL when there
 * is none. */
const struct route *ctx_find_command(struct ctx *ctx, const char *name);
/* The name of a COMMAND() route, without slash: the first one. */
const char *route_command(struct ctx *ctx, const struct route *route);
/* The arguments of a command, for /help: "<when> [text]"; "" for none. */
const char *route_usage(struct ctx *ctx, const struct route *route);
/* The address that leads to the LINK() route with this slug. */
const char *ctx_deep_link(struct ctx *ctx, const char *slug, ...)
	__attribute__((format(printf, 2, 3)));
/* The bot's username, without "@". */
const char *ctx_bot_username(const struct ctx *ctx);
int64_t ctx_bot_id(const struct ctx *ctx);

#endif
