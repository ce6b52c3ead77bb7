/* poll.c - asks a chat with Telegram's own polls. */
#include "workers/module.h"

static enum verdict ask(struct ctx *ctx, const struct command *cmd)
{
	if (!cmd->args[0])
		return ctx_reply(ctx, _("What should I ask?"));
	return ctx_queuef(ctx, "sendPoll",
			  "{question: %s, options: [{text: %s}, {text: %s}], is_anonymous: false}",
			  cmd->args, _("Yes"), _("No"));
}

static const struct route routes[] = {
	COMMAND("poll", ask, .group = true),
	END_OF_ROUTES,
};

const struct module poll_recipe = { .name = "recipe_poll", .routes = routes };
