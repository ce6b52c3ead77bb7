/* cooldown.c - a thing that happens at most once in a while in a chat, however many ask. */
#include "workers/module.h"

#define HOUR_S 3600

static enum verdict ring(struct ctx *ctx, const struct command *cmd)
{
	if (!brief_claim(ctx, THIS_CHAT, "bell", HOUR_S))
		return ctx_reply(ctx, _("It rang within the hour."));
	return ctx_reply(ctx, _("<b>%s</b> rings the bell!"), cmd->from->first_name);
}

static const struct route routes[] = {
	COMMAND("bell", ring),
	END_OF_ROUTES,
};

const struct module cooldown_recipe = { .name = "recipe_cooldown", .routes = routes };
