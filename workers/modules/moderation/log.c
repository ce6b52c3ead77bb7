/* log.c - /setlog: the channel in which a group's administrators read what is done in it, and by
 * whom. It is chosen in the private chat from Telegram's own list, or by a reply to one of its
 * posts; /log shows which it is, and what is told there. */
#include "workers/module.h"

#define CHOOSE "setlog:%lld"
#define STEP "setlog"
#define SWITCH "logswitch:%d"

/* --- whether it can be there ------------------------------------------------------------------ */

/* What is told there is everybody's who reads it: so the person must administer it, and be allowed
 * to post. That the bot may, is tried. */
static const char *try_channel(struct ctx *ctx, int64_t channel_id, const char *group)
{
	const char *why = ctx_enter(ctx, channel_id, RIGHT_ADMIN);
	const struct chat *channel = ctx_find_chat(ctx);
	const struct answer *answer;

	if (why)
		return ctx_printf(ctx, _("I cannot use that chat: %s"), why);
	if (channel->type != CHAT_CHANNEL && channel->type != CHAT_SUPERGROUP)
		return _("Please choose a channel or a supergroup.");
	if (channel->type == CHAT_CHANNEL &&
	    !(ctx_rights(ctx, ctx_find_user(ctx)->id) & 1u << RIGHT_POST_MESSAGES))
		return _("You may not post in that channel.");
	answer = ctx_callf(ctx, "sendMessage", "{chat_id: %lld, text: %s}", (long long)channel_id,
			   ctx_printf(ctx, _("Here I tell what is done in “%s”."), group));
	if (answer_ok(answer))
		return NULL;
	return answer_refused(answer)
		       ? _("I may not write there. Make me an administrator who may post.")
		       : _("Telegram gives no answer right now. Please try again.");
}

/* For the group in hand. */
static enum verdict use_channel(struct ctx *ctx, int64_t channel_id, bool removes_keys)
{
	const struct chat *group = ctx_find_chat(ctx);
	const char *why = channel_id == group->id ? _("Please choose another chat than this group.")
						  : try_channel(ctx, channel_id, group->title);
	struct draft *draft = ctx_draft(ctx);

	if (!why)
		why = ctx_enter(ctx, group->id, RIGHT_CHANGE_INFO);
	if (!why && !ctx_set_log_channel(ctx, channel_id))
		return FAIL;
	if (why)
		draft_add(draft, "%s", why);
	else
		draft_add(draft,
			  _("From now on I tell there what is done in <b>%s</b>, by whom and why. "
			    "/log chooses what."),
			  group->title);
	if (removes_keys)
		draft_flags(draft, DRAFT_REMOVE_KEYS);
	return draft_reply(draft);
}

/* --- choosing it ------------------------------------------------------------------------------ */

static enum verdict ask_for_channel(struct ctx *ctx)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft,
		  _("Where shall I tell what is done in <b>%s</b>? Whoever reads there sees "
		    "it."),
		  ctx_find_chat(ctx)->title);
	draft_choose_channel(draft, _("Choose a channel"), STEP);
	draft_row(draft);
	draft_choose_chat(draft, _("Choose a group"), RIGHT_ADMIN, STEP);
	draft_flags(draft, DRAFT_KEYS_ONCE);
	return draft_reply(draft);
}

static enum verdict offer(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, _("Choose the channel in our private chat; or forward one of its posts to "
			   "here, and answer that with /setlog."));
	draft_deep_link(draft, _("Choose it there"), CHOOSE, (long long)cmd->chat->id);
	return draft_reply(draft);
}

static enum verdict set_log(struct ctx *ctx, const struct command *cmd)
{
	const struct message *message = ctx_find_message(ctx);
	const struct message *reply = message->reply;

	if (message->chat->type == CHAT_PRIVATE)
		return ask_for_channel(ctx);
	if (reply && reply->forward && reply->forward->chat)
		return use_channel(ctx, reply->forward->chat->id, false);
	return offer(ctx, cmd);
}

static enum verdict follow(struct ctx *ctx, const struct link *link)
{
	const char *why = ctx_enter(ctx, slug_integer(ctx, 0), RIGHT_CHANGE_INFO);

	(void)link;
	if (why)
		return ctx_reply(ctx, "%s", why);
	if (!ctx_connect(ctx))
		return ctx_reply(ctx, _("I cannot note that right now. Please try again."));
	return ask_for_channel(ctx);
}

/* The group in hand is the one to which they are connected. */
static enum verdict take_chosen(struct ctx *ctx, const struct service_message *message)
{
	int64_t id = answer_integer(ctx_update(ctx), "message.chat_shared.chat_id");
	struct draft *draft = ctx_draft(ctx);

	if (chat_is_group(message->chat))
		return use_channel(ctx, id, true);
	draft_add(draft, _("That took too long. Please say /setlog in your group again."));
	draft_flags(draft, DRAFT_REMOVE_KEYS);
	return draft_reply(draft);
}

static enum verdict end_log(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	if (!ctx_log_channel(ctx))
		return ctx_reply(ctx, _("This group has no log channel."));
	if (!ctx_set_log_channel(ctx, 0))
		return FAIL;
	return ctx_reply(ctx, _("From now on I tell it nowhere else."));
}

/* --- what is told ----------------------------------------------------------------------------- */

static const char *const labels[LOG_CATEGORIES] = {
	[LOG_ACTIONS] = N_("What administrators do"),
	[LOG_RULES] = N_("What rules do"),
	[LOG_SETTINGS] = N_("Changed settings"),
	[LOG_MEMBERS] = N_("Who comes and leaves"),
	[LOG_REPORTS] = N_("Reports"),
	[LOG_OTHER] = N_("Everything else"),
};

static void write_menu(struct ctx *ctx, struct draft *draft)
{
	long long channel = (long long)ctx_log_channel(ctx);
	const struct answer *answer = ctx_callf(ctx, "getChat", "{chat_id: %lld}", channel);

	if (answer_ok(answer))
		draft_add(draft, _("I tell in <b>%s</b> what is done in this group:"),
			  answer_text(answer, "title"));
	else
		draft_add(draft, _("I cannot reach the log channel (%s). What I would tell there:"),
			  answer_error(answer));
	for (int i = 0; i < LOG_CATEGORIES; i++) {
		draft_row(draft);
		draft_button(draft,
			     ctx_printf(ctx, "%s %s",
					ctx_is_logged(ctx, (enum log_category)i) ? "✅" : "⬜",
					ctx_translate(ctx, labels[i])),
			     SWITCH, i);
	}
}

static enum verdict show(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	if (!ctx_log_channel(ctx))
		return ctx_reply(ctx, _("This group has no log channel. /setlog chooses one."));
	write_menu(ctx, draft);
	return draft_reply(draft);
}

static enum verdict turn(struct ctx *ctx, const struct button *button)
{
	int64_t category = slug_integer(ctx, 0);
	struct draft *draft = ctx_draft(ctx);

	if (category < 0 || category >= LOG_CATEGORIES || !ctx_log_channel(ctx))
		return ctx_toast(ctx, _("This group has no log channel."));
	if (!ctx_set_logged(ctx, (enum log_category)category,
			    !ctx_is_logged(ctx, (enum log_category)category)))
		return FAIL;
	write_menu(ctx, draft);
	return draft_edit(draft, button);
}

static const struct route routes[] = {
	COMMAND("setlog", set_log, .group = true, .admin = RIGHT_CHANGE_INFO, .always = true,
		.help = N_("choose a channel that tells what is done here")),
	COMMAND("unsetlog nolog", end_log, .group = true, .admin = RIGHT_CHANGE_INFO,
		.always = true, .help = N_("end what /setlog began")),
	COMMAND("log logs", show, .group = true, .admin = RIGHT_ADMIN, .always = true,
		.help = N_("choose what is told there")),
	SERVICE("chat_shared", take_chosen, .step = STEP, .admin = RIGHT_CHANGE_INFO),
	LINK(CHOOSE, follow),
	BUTTON(SWITCH, turn, .admin = RIGHT_CHANGE_INFO),
	END_OF_ROUTES,
};

const struct module log_module = {
	.name = "log",
	.title = N_("Log channel"),
	.icon = "📒",
	.routes = routes,
};
