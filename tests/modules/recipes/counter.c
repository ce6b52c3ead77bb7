/* counter.c - a button that changes the message under which it is. */
#include "workers/module.h"

#define VOTE "vote:%d"

static void write_votes(struct draft *draft, int votes)
{
	draft_add(draft, "<b>%d</b>", votes);
	draft_button(draft, "+1", VOTE, votes + 1);
}

static enum verdict start(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	write_votes(draft, 0);
	return draft_reply(draft);
}

static enum verdict vote(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	write_votes(draft, (int)slug_integer(ctx, 0));
	ctx_toast(ctx, _("Counted."));
	return draft_edit(draft, button);
}

static const struct route routes[] = {
	COMMAND("vote", start),
	BUTTON(VOTE, vote),
	END_OF_ROUTES,
};

const struct module counter_recipe = { .name = "recipe_counter", .routes = routes };
