/* act_check.c - whether somebody may do something to somebody, as far as it can be known before
 * Telegram is asked. */
#include "workers/host/access.h"
#include "workers/host/act.h"
#include "workers/host/admins.h"

/* --- whose message ---------------------------------------------------------------------------- */

static bool is_same(struct target a, struct target b)
{
	if (a.channel || b.channel)
		return a.channel && b.channel && a.channel->id == b.channel->id;
	return a.user && b.user && a.user->id == b.user->id;
}

/* What is written in the name of a chat is the chat's. */
static struct target target_of_user(const struct user *user)
{
	if (user && user->stands_for)
		return (struct target) { .channel = user->stands_for };
	return (struct target) { .user = user };
}

static const struct message *find_message(struct ctx *ctx, struct target target)
{
	const struct message *message = ctx->entered ? NULL : ctx_find_message(ctx);

	if (message && ctx->match.kind == ROUTE_COMMAND)
		message = message->reply;
	while (message && !is_same(message_author(message), target))
		message = message->reply;
	return message && message->id ? message : NULL;
}

bool act_deletes(const struct act *act)
{
	return act->action.kind == ACTION_DELETE || (act->action.delete_message && act->message);
}

struct target act_asker(struct ctx *ctx)
{
	return target_of_user(ctx_find_user(ctx));
}

/* --- whether it can be done ------------------------------------------------------------------- */

const char *act_about_administrator(struct ctx *ctx)
{
	return _("Nobody can do that to an administrator of this group.");
}

static const char *about_channel(struct ctx *ctx, const struct act *act)
{
	if (act->action.kind == ACTION_DELETE)
		return NULL;
	if (act->target.channel->id == act->chat->id)
		return act_about_administrator(ctx);
	if (act->message && act->message->automatic)
		return _("That is the channel of this group.");
	if (act->action.kind != ACTION_BAN || act->action.seconds)
		return _("A channel can only be banned, and only for good.");
	return NULL;
}

/* Whoever has left is no longer muted, and yet warned. */
static bool needs_member(const struct act *act)
{
	enum action_kind kind = act->action.kind;

	return kind != ACTION_BAN && !(act->undo && kind == ACTION_WARN);
}

/* Kicking somebody who is banned would let them in again, and so would muting them. */
static const char *about_user(struct ctx *ctx, const struct act *act)
{
	const struct user *user = act->target.user;
	uint32_t rights = 0;

	if (act->action.kind == ACTION_DELETE)
		return NULL;
	if (user->id == ctx->host->bot.id)
		return _("I do not do that to myself.");
	if (user->id == STAND_IN_ANONYMOUS_ADMIN)
		return act_about_administrator(ctx);
	switch (admins_rights(ctx, act->chat->id, user->id, &rights)) {
	case ADMINS_KNOWN:
		break;
	case ADMINS_HIDDEN:
		return access_reason(ctx, ACCESS_HIDDEN);
	case ADMINS_UNKNOWN:
		return access_reason(ctx, ACCESS_UNKNOWN);
	}
	if (rights & 1u << RIGHT_ADMIN)
		return act_about_administrator(ctx);
	if (needs_member(act) && !admins_is_member(ctx, act->chat->id, user->id))
		return _("They are not in this group.");
	return NULL;
}

static const char *about_target(struct ctx *ctx, const struct act *act)
{
	const struct user *user = act->target.user;

	if (act->action.kind == ACTION_DELETE && !act->message)
		return _("I do not see a message to delete. Please reply to it.");
	if (act->target.channel)
		return about_channel(ctx, act);
	if (!user || user->id == STAND_IN_CHANNEL || user->id == STAND_IN_TELEGRAM)
		return _("I do not know whom you mean.");
	return about_user(ctx, act);
}

static bool can_be_undone(enum action_kind kind)
{
	return kind == ACTION_WARN || kind == ACTION_RESTRICT || kind == ACTION_MUTE ||
	       kind == ACTION_BAN;
}

/* Bot API "restrictChatMember", "banChatMember", "unbanChatMember". */
static const char *about_chat(struct ctx *ctx, const struct act *act)
{
	const struct action *action = &act->action;

	if (act->undo && !can_be_undone(action->kind))
		return _("That cannot be taken back.");
	if (!act->chat || !chat_is_group(act->chat))
		return access_reason(ctx, ACCESS_ONLY_GROUP);
	if (act->chat->type == CHAT_GROUP &&
	    (action->kind == ACTION_MUTE || action->kind == ACTION_RESTRICT ||
	     (action->kind == ACTION_BAN && (action->seconds || act->undo))))
		return _("That does not work in a basic group. Its owner can make it a supergroup: "
			 "in the group's settings, by showing the chat history to new members.");
	return NULL;
}

/* Anonymous administrators are the same chat, and yet different people. Whoever is banned does not
 * lift the ban. */
static bool needs_asker(const struct act *act, const struct user *asker)
{
	struct target by = target_of_user(asker);

	if (act->action.by_rule || !asker)
		return false;
	return act->undo || !is_same(by, act->target) ||
	       (by.channel && by.channel->id == act->chat->id);
}

/* Warnings are no matter of Telegram. */
static bool needs_bot(const struct act *act, enum right right)
{
	return !act->action.dry_run &&
	       (act->action.kind != ACTION_WARN || right == RIGHT_DELETE_MESSAGES);
}

static bool is_own_message(struct ctx *ctx, const struct act *act)
{
	return act->target.user && act->target.user->id == ctx->host->bot.id;
}

static const char *about_right(struct ctx *ctx, const struct act *act, enum right right)
{
	const struct user *asker = ctx_find_user(ctx);
	enum access access = ACCESS_GRANTED;

	if (needs_asker(act, asker))
		access = access_of_person(ctx, right, act->chat, asker);
	if (access == ACCESS_GRANTED && needs_bot(act, right) && !is_own_message(ctx, act))
		access = access_of_bot(ctx, right, act->chat);
	return access_reason(ctx, access);
}

static const char *about_rights(struct ctx *ctx, const struct act *act)
{
	const char *why = NULL;

	if (act->action.kind != ACTION_DELETE)
		why = about_right(ctx, act, RIGHT_RESTRICT_MEMBERS);
	if (!why && act_deletes(act))
		why = about_right(ctx, act, RIGHT_DELETE_MESSAGES);
	return why;
}

const char *act_check(struct ctx *ctx, struct act *act)
{
	const char *why;

	if (act->target.user && act->target.user->stands_for)
		act->target = target_of_user(act->target.user);
	act->chat = ctx_find_chat(ctx);
	act->message = find_message(ctx, act->target);
	why = about_chat(ctx, act);
	if (act->action.kind == ACTION_LOG)
		return why;
	why = why ? why : about_rights(ctx, act);
	return why ? why : about_target(ctx, act);
}
