/* words.c - names and reasons. */
#include "workers/modules/moderation/words.h"

void add_person(struct ctx *ctx, struct draft *draft, const struct user *user)
{
	draft_add(draft, "<a href=\"tg://user?id=%lld\">%s</a>", (long long)user->id,
		  user->first_name[0] ? user->first_name
				      : ctx_printf(ctx, "%lld", (long long)user->id));
}

long long target_id(struct target target)
{
	return (long long)(target.user ? target.user->id : target.channel ? target.channel->id : 0);
}

void add_target(struct ctx *ctx, struct draft *draft, struct target target)
{
	if (target.user)
		add_person(ctx, draft, target.user);
	else if (target.channel)
		draft_add(draft, "%s",
			  target.channel->title[0] ? target.channel->title
						   : ctx_printf(ctx, "%lld", target_id(target)));
}

void add_doer(struct ctx *ctx, struct draft *draft, const struct user *user)
{
	struct target doer = { .user = user };

	if (user->stands_for)
		doer = (struct target) { .channel = user->stands_for };
	draft_add(draft, "\n<b>%s</b> ", _("By:"));
	add_target(ctx, draft, doer);
}

void log_done(struct ctx *ctx, enum log_category category, const char *what, int64_t message_id)
{
	struct draft *log = ctx_find_log(ctx, category);
	const struct user *user = ctx_find_user(ctx);
	const char *url = message_id ? ctx_message_url(ctx, message_id) : "";

	if (!log)
		return;
	draft_add(log, "%s", what);
	if (user)
		add_doer(ctx, log, user);
	if (url[0])
		draft_link(log, _("Message"), url);
	draft_reply(log);
}

void log_person(struct ctx *ctx, enum log_category category, const char *deed,
		const struct user *who)
{
	struct draft *log = ctx_find_log(ctx, category);

	if (!log)
		return;
	draft_add(log, "<b>%s:</b> ", deed);
	add_person(ctx, log, who);
	add_doer(ctx, log, ctx_find_user(ctx));
	draft_reply(log);
}

const char *check_supergroup(struct ctx *ctx)
{
	if (ctx_find_chat(ctx)->type != CHAT_GROUP)
		return NULL;
	return _("That does not work in a basic group. Its owner can make it a supergroup: in the "
		 "group's settings, by showing the chat history to new members.");
}

const struct user *recorded_person(struct ctx *ctx, int64_t id)
{
	const struct user *user = target_of(ctx, id).user;
	const struct user *recorded = user && !user->first_name[0] ? ctx_find_recorded(ctx, id)
								   : NULL;

	return recorded ? recorded : user;
}

const char *explain_refusal(struct ctx *ctx, const struct answer *answer)
{
	if (!answer_refused(answer))
		return _("Telegram gives no answer right now. Please try again.");
	ctx_forget_admins(ctx);
	return ctx_printf(ctx, _("Telegram refuses: %s"), answer_error(answer));
}

bool is_loaded(struct ctx *ctx, const struct module *module)
{
	for (const struct module *const *at = ctx_modules(ctx); *at; at++)
		if (*at == module)
			return true;
	return false;
}
