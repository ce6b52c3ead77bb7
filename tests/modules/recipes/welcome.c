/* welcome.c - greets whoever comes in, by whatever way; not the bots. */
#include "workers/module.h"

static enum verdict greet(struct ctx *ctx, const struct member_change *change)
{
	if (change->before != MEMBER_OUTSIDE || change->after == MEMBER_OUTSIDE ||
	    change->after == MEMBER_BANNED || change->member->is_bot)
		return PASS;
	return ctx_reply(ctx, _("Welcome, <b>%s</b>!"), change->member->first_name);
}

static const struct route routes[] = {
	MEMBER(greet),
	END_OF_ROUTES,
};

const struct module welcome_recipe = { .name = "recipe_welcome", .routes = routes };
