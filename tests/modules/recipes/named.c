/* named.c - greets, and takes the former greeting away: a message that is found again by its name.
 */
#include "workers/module.h"

#define DAY_S 86400

static enum verdict greet(struct ctx *ctx, const struct member_change *change)
{
	struct draft *draft = ctx_draft(ctx);

	if (change->before != MEMBER_OUTSIDE || change->after != MEMBER_PLAIN)
		return PASS;
	draft_add(draft, _("Welcome, <b>%s</b>!"), change->member->first_name);
	draft_name(draft, DAY_S, "recipewelcome");
	return draft_reply(draft);
}

static enum verdict take_back(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_unsay(ctx, "recipewelcome");
}

static const struct route routes[] = {
	MEMBER(greet),
	COMMAND("ungreet", take_back, .group = true, .admin = RIGHT_DELETE_MESSAGES),
	END_OF_ROUTES,
};

const struct module named_recipe = { .name = "recipe_named", .routes = routes };
