/* poll.c - asks a chat with Telegram's own polls. */
#include "workers/module.h"

static enum verdict ask(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	if (!cmd->args[0])
		return ctx_reply(ctx, _("What should I ask?"));
	draft_poll(draft, "%s", cmd->args);
	draft_option(draft, _("Yes"));
	draft_option(draft, _("No"));
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("poll", ask, .group = true),
	END_OF_ROUTES,
};

const struct module poll_recipe = { .name = "recipe_poll", .routes = routes };
