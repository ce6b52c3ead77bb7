/* act.c - actions on somebody: tells Telegram, or the module that keeps warnings, what was checked
 * before. */
#include "workers/host/act.h"

#include <string.h>

#include "botapi/botapi.h"
#include "common/xalloc.h"
#include "workers/host/access.h"

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

/* Bot API "ChatPermissions": what is left out is not allowed. */
static const struct answer *restrict_to(struct ctx *ctx, const struct act *act, bool text,
					enum act_wait wait)
{
	long long id = act->target.user->id, seconds = act->action.seconds;

	if (!seconds)
		return TELL(ctx, wait, "restrictChatMember",
			    "{user_id: %lld, permissions: {can_send_messages: %d}}", id, text);
	return TELL(ctx, wait, "restrictChatMember",
		    "{user_id: %lld, permissions: {can_send_messages: %d}, until_date: %lld}", id,
		    text, seconds);
}

static const struct answer *perform(struct ctx *ctx, const struct act *act, enum act_wait wait)
{
	switch (act->action.kind) {
	case ACTION_NONE:
	case ACTION_LOG:
	case ACTION_WARN:
		break;
	case ACTION_DELETE:
		return TELL(ctx, wait, "deleteMessage", "{message_id: %lld}",
			    (long long)act->message->id);
	case ACTION_RESTRICT:
		return restrict_to(ctx, act, true, wait);
	case ACTION_MUTE:
		return restrict_to(ctx, act, false, wait);
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
		return act_about_administrator(ctx);
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

/* --- warnings --------------------------------------------------------------------------------- */

static const struct loaded_module *find_keeper(const struct host *host)
{
	for (size_t i = 0; i < host->modules_count; i++)
		if (host->modules[i].module->warnings)
			return &host->modules[i];
	return NULL;
}

/* As if that module's handler ran. */
static const char *warn(struct ctx *ctx, struct act *act)
{
	const struct loaded_module *keeper = find_keeper(ctx->host);
	const struct row *caller = ctx->row;
	const struct warnings *warnings;
	const char *why;

	if (!keeper)
		return _("Nobody keeps warnings here.");
	warnings = keeper->module->warnings;
	ctx->row = &keeper->own;
	why = act->undo ? warnings->take_back(ctx, act->target, &act->said)
			: warnings->warn(ctx, act->target, act->reason, &act->said);
	ctx->row = caller;
	return why;
}

/* --- all of it -------------------------------------------------------------------------------- */

static const char *tell(struct ctx *ctx, struct act *act, enum act_wait wait)
{
	const struct answer *answer;

	if (act->action.dry_run || act->action.kind == ACTION_LOG)
		return NULL;
	if (act->action.kind == ACTION_WARN)
		return warn(ctx, act);
	answer = act->undo ? take_back(ctx, act, wait) : perform(ctx, act, wait);
	return answer ? about_answer(ctx, answer) : NULL;
}

/* What comes after the last warning is noted, and told, after the warning. */
const char *act_do(struct ctx *ctx, struct act *act, enum act_wait wait)
{
	struct acted *acted = act_note(ctx, act);
	const char *why = tell(ctx, &acted->act, wait);

	if (why) {
		act_forget(ctx, acted);
		return why;
	}
	if (act_deletes(act) && act->action.kind != ACTION_DELETE && !act->action.dry_run)
		ctx_delete(ctx, act->message->id);
	act_remember(ctx, &acted->act);
	act_log(ctx, &acted->act);
	act_tell_person(ctx, &acted->act);
	return NULL;
}

const char *ctx_undo(struct ctx *ctx, struct action action, struct target target,
		     enum act_wait wait)
{
	struct act act = { .action = { .kind = action.kind, .by_rule = action.by_rule },
			   .target = target,
			   .undo = true,
			   .reason = "" };
	const char *why = action.kind == ACTION_NONE ? NULL : act_check(ctx, &act);

	return why || action.kind == ACTION_NONE ? why : act_do(ctx, &act, wait);
}

const char *ctx_act(struct ctx *ctx, struct action action, struct target target, enum act_wait wait,
		    const char *reason)
{
	struct act act = { .action = action, .target = target, .reason = reason ? reason : "" };
	const char *why = action.kind == ACTION_NONE ? NULL : act_check(ctx, &act);

	return why || action.kind == ACTION_NONE ? why : act_do(ctx, &act, wait);
}
