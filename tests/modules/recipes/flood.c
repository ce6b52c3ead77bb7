/* flood.c - silences whoever writes too much in a few seconds, however many pools there are. */
#include "workers/module.h"

#define MOST 3
#define WINDOW_S 5
#define SILENCE_S 600

/* What is written in the name of a channel is the channel's. */
static enum verdict watch(struct ctx *ctx, const struct message *message)
{
	const struct action mute = { .kind = ACTION_MUTE, .seconds = SILENCE_S, .by_rule = true };
	struct target author = message_author(message);
	int64_t count;

	if (!author.user || store_find(ctx, THIS_CHAT, "flood") == NULL)
		return PASS;
	count = ctx_count_recent(ctx, THIS_MEMBER, "flood", WINDOW_S);
	if (count <= MOST)
		return PASS;
	if (ctx_rights(ctx, author.user->id))
		return PASS;
	if (count == MOST + 1 && !ctx_act(ctx, mute, author, ACT_QUEUED, ""))
		ctx_reply(ctx, _("That was too much at once. Please rest for ten minutes."));
	return ctx_delete(ctx, message->id);
}

static enum verdict switch_on(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	if (!store_set(ctx, THIS_CHAT, "flood", "on"))
		return FAIL;
	return ctx_reply(ctx, _("Floods end here."));
}

static const struct route routes[] = {
	MESSAGE(watch, .first = 20, .group = true, .bot = RIGHT_DELETE_MESSAGES),
	COMMAND("noflood", switch_on, .group = true, .admin = RIGHT_RESTRICT_MEMBERS),
	END_OF_ROUTES,
};

const struct module flood_recipe = { .name = "recipe_flood", .routes = routes };
