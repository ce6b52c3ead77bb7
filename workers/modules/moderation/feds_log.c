/* feds_log.c - where the owner of a federation reads what is done in it: a group, or a channel by a
 * reply to one of its posts. */
#include <stdlib.h>

#include "workers/modules/moderation/feds.h"
#include "workers/modules/moderation/words.h"

#define LOG "log"

struct draft *fed_find_log(struct ctx *ctx, int64_t fed, const char *done)
{
	const char *chat = store_find(ctx, fed_list(fed), LOG);
	struct draft *draft;

	if (!chat)
		return NULL;
	draft = ctx_draft(ctx);
	draft_to(draft, strtoll(chat, NULL, 10), 0);
	draft_add(draft, "🛡 <b>%s</b>\n<b>%s</b>", fed_name(ctx, fed), done);
	return draft;
}

void fed_tell_log(struct ctx *ctx, int64_t fed, const char *done, int64_t person)
{
	struct draft *draft = fed_find_log(ctx, fed, done);

	if (!draft)
		return;
	if (person > 0) {
		draft_add(draft, ": ");
		add_person(ctx, draft, target_of(ctx, person).user);
	}
	add_doer(ctx, draft, ctx_find_user(ctx));
	draft_reply(draft);
}

/* What is told there is everybody's who reads it: so they must administer it. */
static const char *try_channel(struct ctx *ctx, int64_t channel)
{
	const char *why = ctx_enter(ctx, channel, RIGHT_POST_MESSAGES);

	if (why)
		return ctx_printf(ctx, _("I cannot use that chat: %s"), why);
	return ctx_enter(ctx, 0, RIGHT_NONE);
}

enum verdict fed_choose_log(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	const struct message *reply = ctx_find_message(ctx)->reply;
	int64_t fed = fed_take_own(ctx), chat = cmd->chat->id;
	const char *why = NULL;

	if (!fed)
		return fed_none(ctx);
	if (values->yes && reply && reply->forward && reply->forward->chat) {
		chat = reply->forward->chat->id;
		why = try_channel(ctx, chat);
	}
	if (why)
		return ctx_reply(ctx, "%s", why);
	if (!store_set(ctx, fed_list(fed), LOG,
		       values->yes ? ctx_printf(ctx, "%lld", (long long)chat) : NULL))
		return FAIL;
	if (!values->yes)
		return ctx_reply(ctx, _("What is done in your federation is told nowhere now."));
	fed_tell_log(ctx, fed, _("Here I tell what is done in this federation."), 0);
	return chat == cmd->chat->id
		       ? DONE
		       : ctx_reply(ctx, _("I tell there what is done in your federation."));
}
