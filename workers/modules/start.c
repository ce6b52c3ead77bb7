/* start.c - /start is what people see first: who the bot is and where to start. */
#include "workers/module.h"

static enum verdict greet_person(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	/* What a link was to lead to, in words that nobody takes. */
	if (cmd->args[0] != '\0')
		draft_add(draft, "%s\n\n", _("That link leads nowhere, or not any more."));
	draft_add(draft,
		  _("Hello, %s! I am @%s.\n\n"
		    "/help shows what I can do.\n"
		    "/privacy tells what I keep about you."),
		  cmd->from->first_name, ctx_bot_username(ctx));
	return draft_reply(draft);
}

static enum verdict greet_group(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_reply(ctx, _("I am awake. /help shows what I can do here."));
}

static const struct route routes[] = {
	COMMAND("start", greet_person, .private = true),
	COMMAND("start", greet_group, .group = true, .always = true),
	END_OF_ROUTES,
};

const struct module start_module = {
	.name = "start",
	.routes = routes,
};
