/* deep_link.c - a button in a group that opens the private chat, and what is shown there. */
#include "workers/module.h"

#define GUIDE "recipeguide:%lld"

static enum verdict offer(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, _("It is long, so I tell you in private."));
	draft_deep_link(draft, _("Tell me"), GUIDE, (long long)cmd->chat->id);
	return draft_reply(draft);
}

static enum verdict tell(struct ctx *ctx, const struct link *link)
{
	const struct holder group = { .scope = OF_CHAT, .id = slug_integer(ctx, 0) };
	const char *guide = store_find(ctx, group, "guide");

	(void)link;
	return ctx_reply(ctx, "%s", guide ? guide : _("Nobody has written it yet."));
}

static enum verdict write(struct ctx *ctx, const struct command *cmd)
{
	if (!store_set(ctx, THIS_CHAT, "guide", cmd->args))
		return FAIL;
	return ctx_reply(ctx, _("I will tell everybody."));
}

static const struct route routes[] = {
	COMMAND("guide", offer, .group = true),
	COMMAND("setguide", write, .group = true, .admin = RIGHT_CHANGE_INFO),
	LINK(GUIDE, tell),
	END_OF_ROUTES,
};

const struct module deep_link_recipe = { .name = "recipe_deep_link", .routes = routes };
