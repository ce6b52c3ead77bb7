/* deep_link.c - a button in a group that opens the private chat, where something is shown. */
#include "workers/module.h"

#define GUIDE "recipeguide:%lld"

static enum verdict set_guide(struct ctx *ctx, const struct command *cmd)
{
	const struct message *message = ctx_find_message(ctx);

	if (!cmd->args[0] && message->reply)
		message = message->reply;
	if (!store_set(ctx, THIS_CHAT, "guide", message_keep(ctx, message)))
		return FAIL;
	return ctx_reply(ctx, _("I will tell everybody."));
}

static enum verdict offer_guide(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, _("It is long, so I tell you in private."));
	draft_deep_link(draft, _("Tell me"), GUIDE, (long long)cmd->chat->id);
	return draft_reply(draft);
}

static enum verdict show_guide(struct ctx *ctx, const struct link *link)
{
	const struct holder group = { .scope = OF_CHAT, .id = slug_integer(ctx, 0) };
	const char *kept = store_find(ctx, group, "guide");
	struct draft *draft = ctx_draft(ctx);

	if (!kept || !kept[0])
		return ctx_reply(ctx, _("Nobody has written it yet."));
	draft_kept(draft, kept, link->from);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("setguide", set_guide, .group = true, .admin = RIGHT_CHANGE_INFO),
	COMMAND("guide", offer_guide, .group = true),
	LINK(GUIDE, show_guide),
	END_OF_ROUTES,
};

const struct module deep_link_recipe = { .name = "recipe_deep_link", .routes = routes };
