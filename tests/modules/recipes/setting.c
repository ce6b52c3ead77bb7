/* setting.c - one text of each chat, kept until somebody changes it. */
#include "workers/module.h"

static enum verdict show_or_set(struct ctx *ctx, const struct command *cmd)
{
	const char *motto = store_find(ctx, THIS_CHAT, "motto");

	if (!cmd->args[0])
		return ctx_reply(ctx, "%s", motto ? motto : _("There is no motto yet."));
	if (!store_set(ctx, THIS_CHAT, "motto", cmd->args))
		return FAIL;
	return ctx_reply(ctx, _("That is our motto from now on."));
}

static const struct route routes[] = {
	COMMAND("motto", show_or_set),
	END_OF_ROUTES,
};

const struct module setting_recipe = {
	.name = "recipe_setting",
	.routes = routes,
};
