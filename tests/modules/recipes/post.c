/* post.c - puts a button below every post of a channel. */
#include "workers/module.h"

#define LIKE "recipelike:%d"

static enum verdict add_button(struct ctx *ctx, const struct message *post)
{
	struct draft *draft = ctx_draft(ctx);

	draft_button(draft, "👍", LIKE, 1);
	return draft_edit_message(draft, post->id);
}

static enum verdict like(struct ctx *ctx, const struct button *button)
{
	long long likes = slug_integer(ctx, 0);
	struct draft *draft = ctx_draft(ctx);

	draft_button(draft, ctx_printf(ctx, "👍 %lld", likes), LIKE, (int)likes + 1);
	return draft_edit(draft, button);
}

static const struct route routes[] = {
	POST(add_button),
	BUTTON(LIKE, like),
	END_OF_ROUTES,
};

const struct module post_recipe = { .name = "recipe_post", .routes = routes };
