/* examples_acts.c - bans and their like, with ctx_act(): by commands of administrators, by a guard,
 * and by a vote of everybody. */
#include <string.h>

#include "workers/module.h"

struct acts_values {
	struct target target;
	int64_t seconds;
};

static const struct argument acts_arguments[] = {
	TARGET_ARGUMENT(struct acts_values, target, "who"),
	DURATION_ARGUMENT(struct acts_values, seconds, "how long", .optional = true),
	END_OF_ARGUMENTS(struct acts_values),
};

static enum verdict act(struct ctx *ctx, const struct command *cmd, struct action action,
			enum act_wait wait)
{
	const struct acts_values *values = cmd->values;
	const char *why;

	action.seconds = values->seconds;
	why = ctx_act(ctx, action, values->target, wait);
	return ctx_reply(ctx, "%s", why ? why : "Done.");
}

static enum verdict ban(struct ctx *ctx, const struct command *cmd)
{
	return act(ctx, cmd, (struct action) { .kind = ACTION_BAN }, ACT_NOW);
}

static enum verdict wipe(struct ctx *ctx, const struct command *cmd)
{
	return act(ctx, cmd, (struct action) { .kind = ACTION_BAN, .delete_message = true },
		   ACT_QUEUED);
}

static enum verdict mute(struct ctx *ctx, const struct command *cmd)
{
	return act(ctx, cmd, (struct action) { .kind = ACTION_MUTE }, ACT_NOW);
}

static enum verdict kick(struct ctx *ctx, const struct command *cmd)
{
	return act(ctx, cmd, (struct action) { .kind = ACTION_KICK }, ACT_NOW);
}

static enum verdict take_away(struct ctx *ctx, const struct command *cmd)
{
	return act(ctx, cmd, (struct action) { .kind = ACTION_DELETE }, ACT_NOW);
}

static enum verdict vote(struct ctx *ctx, const struct command *cmd)
{
	return act(ctx, cmd, (struct action) { .kind = ACTION_KICK, .by_rule = true }, ACT_QUEUED);
}

static enum verdict guard(struct ctx *ctx, const struct text_message *text)
{
	const struct target author = message_author(ctx_find_message(ctx));
	const struct action action = { .kind = author.channel ? ACTION_DELETE : ACTION_MUTE,
				       .seconds = 3600,
				       .delete_message = true };

	if (!strstr(text->text, "spam"))
		return PASS;
	ctx_act(ctx, action, author, ACT_QUEUED);
	return DONE;
}

static const struct route acts_routes[] = {
	COMMAND("block", ban, .arguments = acts_arguments),
	COMMAND("wipe", wipe, .arguments = acts_arguments),
	COMMAND("hush", mute, .arguments = acts_arguments),
	COMMAND("oust", kick, .arguments = acts_arguments),
	COMMAND("erase", take_away, .arguments = acts_arguments),
	COMMAND("outvote", vote, .arguments = acts_arguments),
	TEXT(guard, .group = true),
	END_OF_ROUTES,
};

const struct module acts_example = { .name = "acts", .routes = acts_routes };
