/* connection.c - /connect: what an administrator does in a group, they can do from the private
 * chat; the host keeps which group they chose, for an hour, and enters it (workers/api/enter.h). */
#include "workers/module.h"

#define FROM_GROUP "connect:%lld"
#define STEP "connect"

/* --- in a group ------------------------------------------------------------------------------- */

static enum verdict offer(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft,
		  _("What you do here as an administrator, you can do in our private chat."));
	draft_deep_link(draft, _("Go on there"), FROM_GROUP, (long long)cmd->chat->id);
	return draft_reply(draft);
}

/* --- in the private chat ---------------------------------------------------------------------- */

static enum verdict connect_to(struct ctx *ctx, int64_t chat_id)
{
	const char *why = ctx_enter(ctx, chat_id, RIGHT_ADMIN);
	struct draft *draft = ctx_draft(ctx);

	draft_flags(draft, DRAFT_REMOVE_KEYS);
	if (why)
		draft_add(draft, "%s", why);
	else if (!ctx_connect(ctx))
		draft_add(draft, "%s", _("I cannot note that right now. Please try again."));
	else
		draft_add(draft,
			  _("For an hour, what you write here as an administrator is about "
			    "<b>%s</b>. /disconnect ends that."),
			  ctx_find_chat(ctx)->title);
	return draft_reply(draft);
}

static enum verdict ask(struct ctx *ctx, const struct command *cmd)
{
	const struct chat *chat = ctx_find_connected(ctx);
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	if (chat)
		draft_add(draft, _("You are connected to <b>%s</b>. /disconnect ends that.\n\n"),
			  chat->title);
	draft_add(draft, _("Choose the group that your commands here are to be about."));
	draft_choose_chat(draft, _("Choose a group"), RIGHT_ADMIN, STEP);
	draft_flags(draft, DRAFT_KEYS_ONCE);
	return draft_reply(draft);
}

static enum verdict take_chosen(struct ctx *ctx, const struct service_message *message)
{
	(void)message;
	return connect_to(ctx, answer_integer(ctx_update(ctx), "message.chat_shared.chat_id"));
}

static enum verdict take_link(struct ctx *ctx, const struct link *link)
{
	(void)link;
	return connect_to(ctx, slug_integer(ctx, 0));
}

static enum verdict disconnect(struct ctx *ctx, const struct command *cmd)
{
	const struct chat *chat = ctx_find_connected(ctx);

	(void)cmd;
	if (!chat)
		return ctx_reply(ctx, _("You are connected to no group."));
	if (!ctx_disconnect(ctx))
		return ctx_reply(ctx, _("I cannot note that right now. Please try again."));
	return ctx_reply(ctx, _("You are no longer connected to <b>%s</b>."), chat->title);
}

static const struct route routes[] = {
	COMMAND("connect", ask, .private = true,
		.help = N_("administer a group from our private chat")),
	COMMAND("connect", offer, .group = true, .admin = RIGHT_ADMIN,
		.help = N_("administer this group from our private chat")),
	COMMAND("disconnect", disconnect, .private = true, .help = N_("end what /connect began")),
	SERVICE("chat_shared", take_chosen, .step = STEP),
	LINK(FROM_GROUP, take_link),
	END_OF_ROUTES,
};

const struct module connection_module = {
	.name = "connection",
	.title = N_("Connection"),
	.icon = "🔌",
	.routes = routes,
};
