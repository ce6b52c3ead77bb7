/* ping.c - /ping [text] answers at once: is the bot awake, and does my text arrive? */
#include "workers/module.h"

static enum verdict ping(struct ctx *ctx, const struct command *cmd)
{
	if (cmd->args[0] == '\0')
		return ctx_reply(ctx, "pong");
	return ctx_reply(ctx, "pong %s", cmd->args);
}

static const struct route routes[] = {
	COMMAND("ping", ping, .usage = N_("[text]"), .help = N_("see whether the bot is awake")),
	END_OF_ROUTES,
};

const struct module ping_module = {
	.name = "ping",
	.title = N_("Ping"),
	.icon = "🏓",
	.routes = routes,
};
