/* members_only.c - a button in a group that shows its members something in private: whoever else
 * opens the link, sees nothing. */
#include "workers/module.h"

#define SHOW "recipeaddress:%lld"

static enum verdict keep(struct ctx *ctx, const struct command *cmd)
{
	if (!store_set(ctx, THIS_CHAT, "address", cmd->args))
		return FAIL;
	return ctx_reply(ctx, _("Noted."));
}

static enum verdict offer(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, _("For members only."));
	draft_deep_link(draft, _("Show it"), SHOW, (long long)cmd->chat->id);
	return draft_reply(draft);
}

/* From here on the group is the chat in hand; the answer goes to the private chat. */
static enum verdict show(struct ctx *ctx, const struct link *link)
{
	const char *why = ctx_enter(ctx, slug_integer(ctx, 0), RIGHT_NONE), *address;

	(void)link;
	if (why)
		return ctx_reply(ctx, "%s", why);
	address = store_find(ctx, THIS_CHAT, "address");
	return ctx_reply(ctx, _("<b>%s</b> meets here: %s"), ctx_find_chat(ctx)->title,
			 address ? address : "?");
}

static const struct route routes[] = {
	COMMAND("setaddress", keep, .group = true, .admin = RIGHT_CHANGE_INFO),
	COMMAND("address", offer, .group = true),
	LINK(SHOW, show),
	END_OF_ROUTES,
};

const struct module members_only_recipe = { .name = "recipe_members_only", .routes = routes };
