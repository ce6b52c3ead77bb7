/* dice.c - a random number, the same when the handler must run again. */
#include "workers/module.h"

static enum verdict roll(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_reply(ctx, _("<b>%lld</b>"), (long long)ctx_random(ctx, 6) + 1);
}

static const struct route routes[] = {
	COMMAND("roll", roll),
	END_OF_ROUTES,
};

const struct module dice_recipe = { .name = "recipe_dice", .routes = routes };
