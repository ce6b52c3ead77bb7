/* operators.c - a command for those who run the bot; nobody else learns that it is there. */
#include "workers/module.h"

static enum verdict leave(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_queuef(ctx, "leaveChat", "{}");
}

static const struct route routes[] = {
	COMMAND("op_leave", leave, .operators = true, .group = true),
	END_OF_ROUTES,
};

const struct module operators_recipe = { .name = "recipe_operators", .routes = routes };
