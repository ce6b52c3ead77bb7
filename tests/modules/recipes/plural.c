/* plural.c - what is counted, in every language. */
#include "workers/module.h"

#include <string.h>

static enum verdict count(struct ctx *ctx, const struct command *cmd)
{
	size_t letters = strlen(cmd->args);

	return ctx_reply(ctx, ctx_plural(ctx, "%zu letter", "%zu letters", letters), letters);
}

static const struct route routes[] = {
	COMMAND("letters", count),
	END_OF_ROUTES,
};

const struct module plural_recipe = { .name = "recipe_plural", .routes = routes };
