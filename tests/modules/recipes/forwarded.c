/* forwarded.c - who wrote what was forwarded: a person, a channel, or somebody who hides. */
#include "workers/module.h"

static enum verdict tell_origin(struct ctx *ctx, const struct text_message *text)
{
	const struct origin *origin = ctx_find_message(ctx)->forward;

	(void)text;
	if (!origin)
		return PASS;
	if (origin->user)
		return ctx_reply(ctx, _("That is by <b>%s</b>."), origin->user->first_name);
	if (origin->chat)
		return ctx_reply(ctx, _("That is from <b>%s</b>."), origin->chat->title);
	return ctx_reply(ctx, _("That is by %s, who hides."), origin->name);
}

static const struct route routes[] = {
	TEXT(tell_origin, .private = true),
	END_OF_ROUTES,
};

const struct module forwarded_recipe = { .name = "recipe_forwarded", .routes = routes };
