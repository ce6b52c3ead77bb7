/* act.c - actions on somebody: checks what can be known before, then tells Telegram. */
#include "workers/api/acts.h"

#include <string.h>

#include "botapi/botapi.h"
#include "common/xalloc.h"
#include "workers/host/access.h"
#include "workers/host/admins.h"

struct act {
	struct action action;
	struct target target;
	const struct chat *chat;
	const struct message *message; /* of the target; NULL: none */
	bool undo;
};

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

static bool deletes(const struct act *act)
{
	return act->action.kind == ACTION_DELETE || (act->action.delete_message && act->message);
}

/* --- whether it can be done ------------------------------------------------------------------- */

static const char *about_administrator(struct ctx *ctx)
{
	return _("Nobody can do that to an administrator of this group.");
}

static const char *about_channel(struct ctx *ctx, const struct act *act)
{
	if (act->action.kind == ACTION_DELETE)
		return NULL;
	if (act->target.channel->id == act->chat->id)
		return about_administrator(ctx);
	if (act->message && act->message->automatic)
		return _("That is the channel of this group.");
	if (act->action.kind != ACTION_BAN || act->action.seconds)
		return _("A channel can only be banned, and only for good.");
	return NULL;
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
		return about_administrator(ctx);
	switch (admins_rights(ctx, act->chat->id, user->id, &rights)) {
	case ADMINS_KNOWN:
		break;
	case ADMINS_HIDDEN:
		return access_reason(ctx, ACCESS_HIDDEN);
	case ADMINS_UNKNOWN:
		return access_reason(ctx, ACCESS_UNKNOWN);
	}
	if (rights & 1u << RIGHT_ADMIN)
		return about_administrator(ctx);
	if (act->action.kind != ACTION_BAN && !admins_is_member(ctx, act->chat->id, user->id))
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

/* Bot API "restrictChatMember", "banChatMember", "unbanChatMember". */
static const char *about_chat(struct ctx *ctx, const struct act *act)
{
	const struct action *action = &act->action;

	if (act->undo && action->kind != ACTION_MUTE && action->kind != ACTION_BAN)
		return _("That cannot be taken back.");
	if (!act->chat || !chat_is_group(act->chat))
		return access_reason(ctx, ACCESS_ONLY_GROUP);
	if (act->chat->type == CHAT_GROUP &&
	    (action->kind == ACTION_MUTE || (action->kind == ACTION_BAN && action->seconds) ||
	     act->undo))
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
	if (access == ACCESS_GRANTED && !is_own_message(ctx, act))
		access = access_of_bot(ctx, right, act->chat);
	return access_reason(ctx, access);
}

static const char *about_rights(struct ctx *ctx, const struct act *act)
{
	const char *why = NULL;

	if (act->action.kind != ACTION_DELETE)
		why = about_right(ctx, act, RIGHT_RESTRICT_MEMBERS);
	if (!why && deletes(act))
		why = about_right(ctx, act, RIGHT_DELETE_MESSAGES);
	return why;
}

/* --- doing it --------------------------------------------------------------------------------- */

/* Makes the call now or later; NULL when it is later. */
#define TELL(ctx, wait, ...) \
	((wait) == ACT_NOW ? ctx_callf(ctx, __VA_ARGS__) : (ctx_queuef(ctx, __VA_ARGS__), NULL))

/* Bot API "unbanChatMember": whoever is in a supergroup is removed, and may join again. In a basic
 * group "banChatMember" does no more than that. */
static const struct answer *kick(struct ctx *ctx, const struct act *act, enum act_wait wait)
{
	long long id = act->target.user->id;

	if (act->chat->type == CHAT_GROUP)
		return TELL(ctx, wait, "banChatMember", "{user_id: %lld}", id);
	return TELL(ctx, wait, "unbanChatMember", "{user_id: %lld}", id);
}

static const struct answer *ban(struct ctx *ctx, const struct act *act, enum act_wait wait)
{
	long long seconds = act->action.seconds;

	if (act->target.channel)
		return TELL(ctx, wait, "banChatSenderChat", "{sender_chat_id: %lld}",
			    (long long)act->target.channel->id);
	if (!seconds)
		return TELL(ctx, wait, "banChatMember", "{user_id: %lld}",
			    (long long)act->target.user->id);
	return TELL(ctx, wait, "banChatMember", "{user_id: %lld, until_date: %lld}",
		    (long long)act->target.user->id, seconds);
}

static const struct answer *mute(struct ctx *ctx, const struct act *act, enum act_wait wait)
{
	long long id = act->target.user->id, seconds = act->action.seconds;

	if (!seconds)
		return TELL(ctx, wait, "restrictChatMember",
			    "{user_id: %lld, permissions: {can_send_messages: false}}", id);
	return TELL(ctx, wait, "restrictChatMember",
		    "{user_id: %lld, permissions: {can_send_messages: false}, until_date: %lld}",
		    id, seconds);
}

static const struct answer *perform(struct ctx *ctx, const struct act *act, enum act_wait wait)
{
	switch (act->action.kind) {
	case ACTION_NONE:
		break;
	case ACTION_DELETE:
		return TELL(ctx, wait, "deleteMessage", "{message_id: %lld}",
			    (long long)act->message->id);
	case ACTION_MUTE:
		return mute(ctx, act, wait);
	case ACTION_KICK:
		return kick(ctx, act, wait);
	case ACTION_BAN:
		return ban(ctx, act, wait);
	}
	return NULL;
}

/* Bot API "restrictChatMember": all of them lift the restrictions. */
static const char *all_permissions(struct ctx *ctx)
{
	const struct botapi_object *object = botapi_find_object("ChatPermissions");
	struct json json = ctx_parameters(ctx);
	struct text text;

	for (size_t i = 0; i < object->count; i++)
		json_key_bool(&json, botapi_fields[object->first + i].name, true);
	text = ctx_parameters_end(ctx, &json);
	return ctx_json_value(ctx, text.data, text.length);
}

static const struct answer *take_back(struct ctx *ctx, const struct act *act, enum act_wait wait)
{
	if (act->target.channel)
		return TELL(ctx, wait, "unbanChatSenderChat", "{sender_chat_id: %lld}",
			    (long long)act->target.channel->id);
	if (act->action.kind == ACTION_BAN)
		return TELL(ctx, wait, "unbanChatMember", "{user_id: %lld, only_if_banned: true}",
			    (long long)act->target.user->id);
	return TELL(ctx, wait, "restrictChatMember", "{user_id: %lld, permissions: %s}",
		    (long long)act->target.user->id, all_permissions(ctx));
}

/* --- what Telegram said ----------------------------------------------------------------------- */

enum refusal { REFUSED_RIGHTS, REFUSED_ADMINISTRATOR, REFUSED_ABSENT, REFUSED_MESSAGE };

static const struct {
	const char *words;
	enum refusal refusal;
} refusals[] = {
	{ "not enough rights", REFUSED_RIGHTS },
	{ "CHAT_ADMIN_REQUIRED", REFUSED_RIGHTS },
	{ "need administrator rights", REFUSED_RIGHTS },
	{ "is an administrator of the chat", REFUSED_ADMINISTRATOR },
	{ "chat owner", REFUSED_ADMINISTRATOR },
	{ "USER_ADMIN_INVALID", REFUSED_ADMINISTRATOR },
	{ "user not found", REFUSED_ABSENT },
	{ "member not found", REFUSED_ABSENT },
	{ "PARTICIPANT_ID_INVALID", REFUSED_ABSENT },
	{ "USER_NOT_PARTICIPANT", REFUSED_ABSENT },
	{ "message can't be deleted", REFUSED_MESSAGE },
	{ "message to delete not found", REFUSED_MESSAGE },
};

static const char *explain(struct ctx *ctx, enum refusal refusal)
{
	switch (refusal) {
	case REFUSED_RIGHTS:
		return access_reason(ctx, ACCESS_BOT_LACKS_RIGHT);
	case REFUSED_ADMINISTRATOR:
		return about_administrator(ctx);
	case REFUSED_ABSENT:
		return _("Telegram does not know this person here.");
	case REFUSED_MESSAGE:
		break;
	}
	return _("Telegram does not let me delete this message: it is gone, or older than two "
		 "days.");
}

/* What was known of the group's administrators is outdated when Telegram contradicts it. */
static const char *about_answer(struct ctx *ctx, const struct answer *answer)
{
	const char *error = answer_error(answer);

	if (answer_ok(answer))
		return NULL;
	if (!answer_refused(answer))
		return _("Telegram gives no answer right now. Please try again.");
	for (size_t i = 0; i < COUNT_OF(refusals); i++) {
		if (!strstr(error, refusals[i].words))
			continue;
		if (refusals[i].refusal <= REFUSED_ADMINISTRATOR)
			ctx_forget_admins(ctx);
		return explain(ctx, refusals[i].refusal);
	}
	return ctx_printf(ctx, _("Telegram refuses: %s"), error);
}

static const char *do_act(struct ctx *ctx, struct act *act, enum act_wait wait)
{
	const struct answer *answer;
	const char *why;

	if (act->target.user && act->target.user->stands_for)
		act->target = target_of_user(act->target.user);
	act->chat = ctx_find_chat(ctx);
	act->message = find_message(ctx, act->target);
	why = about_chat(ctx, act);
	why = why ? why : about_rights(ctx, act);
	why = why ? why : about_target(ctx, act);
	if (why)
		return why;
	answer = act->undo ? take_back(ctx, act, wait) : perform(ctx, act, wait);
	return answer ? about_answer(ctx, answer) : NULL;
}

const char *ctx_undo(struct ctx *ctx, struct action action, struct target target,
		     enum act_wait wait)
{
	struct act act = { .action = { .kind = action.kind, .by_rule = action.by_rule },
			   .target = target,
			   .undo = true };

	return action.kind == ACTION_NONE ? NULL : do_act(ctx, &act, wait);
}

const char *ctx_act(struct ctx *ctx, struct action action, struct target target, enum act_wait wait)
{
	struct act act = { .action = action, .target = target };
	const char *why;

	if (action.kind == ACTION_NONE)
		return NULL;
	why = do_act(ctx, &act, wait);
	if (!why && action.delete_message && act.message && action.kind != ACTION_DELETE)
		ctx_delete(ctx, act.message->id);
	return why;
}
