/* reaction.c - reacts to what people react to. */
#include "workers/module.h"

#include <string.h>

static enum verdict echo(struct ctx *ctx, const struct reaction *reaction)
{
	if (strcmp(reaction->after, "🎉") != 0)
		return PASS;
	return ctx_queuef(ctx, "setMessageReaction",
			  "{message_id: %lld, reaction: [{type: 'emoji', emoji: '🎉'}]}",
			  (long long)reaction->message_id);
}

static const struct route routes[] = {
	REACTION(echo),
	END_OF_ROUTES,
};

const struct module reaction_recipe = { .name = "recipe_reaction", .routes = routes };
