/* night.c - at night only administrators write: every day, by the clock of the group. */
#include "workers/module.h"

#include <string.h>

#define CHANGE "recipenight:%d"
#define BEGINS (23 * 60)
#define ENDS (7 * 60)

static enum verdict choose(struct ctx *ctx, const struct command *cmd)
{
	if (strcmp(cmd->args, "off") == 0) {
		ctx_cancel(ctx, CHANGE, 0);
		ctx_cancel(ctx, CHANGE, 1);
		return ctx_reply(ctx, _("Everybody may write at night."));
	}
	ctx_daily(ctx, BEGINS, CHANGE, 1);
	ctx_daily(ctx, ENDS, CHANGE, 0);
	return ctx_reply(ctx, _("From 23:00 to 07:00 in %s only administrators write."),
			 ctx_zone(ctx));
}

static enum verdict change(struct ctx *ctx, const struct work *work)
{
	(void)work;
	return ctx_queuef(ctx, "setChatPermissions", "{permissions: {can_send_messages: %d}}",
			  slug_integer(ctx, 0) == 0);
}

static const struct route routes[] = {
	COMMAND("night", choose, .usage = "[off]", .group = true, .admin = RIGHT_RESTRICT_MEMBERS),
	WORK(CHANGE, change),
	END_OF_ROUTES,
};

const struct module night_recipe = { .name = "recipe_night", .routes = routes };
