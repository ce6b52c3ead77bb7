/* guard.c - looks at every message before all other modules, and takes some away. */
#include "workers/module.h"

#define NOISE (CONTENT_VOICE | CONTENT_VIDEO_NOTE | CONTENT_AUDIO)

static enum verdict take_away(struct ctx *ctx, const struct message *message)
{
	return ctx_delete(ctx, message->id);
}

static enum verdict shout(struct ctx *ctx, const struct command *cmd)
{
	return ctx_reply(ctx, "%s!", cmd->args);
}

static const struct route routes[] = {
	MESSAGE(take_away, .first = 10, .contents = NOISE, .group = true,
		.bot = RIGHT_DELETE_MESSAGES),
	COMMAND("shout", shout),
	END_OF_ROUTES,
};

const struct module guard_recipe = { .name = "recipe_guard", .routes = routes };
