/* examples_acts.c - bans and their like, with ctx_act(): by commands of administrators, by a guard,
 * and by a vote of everybody. */
#include <string.h>

#include "workers/module.h"

#define UNDO "actsundo:%d:%lld"

struct acts_values {
	struct target target;
	int64_t seconds;
};

static const struct field acts_arguments[] = {
	TARGET_FIELD(struct acts_values, target, "who"),
	DURATION_FIELD(struct acts_values, seconds, "how long", .optional = true),
	END_OF_FIELDS(struct acts_values),
};

static enum verdict act(struct ctx *ctx, const struct command *cmd, struct action action,
			enum act_wait wait)
{
	const struct acts_values *values = cmd->values;
	struct draft *draft = ctx_draft(ctx);
	const char *why;

	action.seconds = values->seconds;
	why = ctx_act(ctx, action, values->target, wait);
	if (why)
		return ctx_reply(ctx, "%s", why);
	draft_add(draft, "Done.");
	if (action.kind == ACTION_BAN || action.kind == ACTION_MUTE)
		draft_button(draft, "Take it back", UNDO, (int)action.kind,
			     values->target.user ? (long long)values->target.user->id
						 : (long long)values->target.channel->id);
	return draft_reply(draft);
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

static enum verdict undo(struct ctx *ctx, const struct button *button)
{
	const struct action action = { .kind = (enum action_kind)slug_integer(ctx, 0) };
	const char *why = ctx_undo(ctx, action, target_of(ctx, slug_integer(ctx, 1)), ACT_NOW);
	struct draft *draft = ctx_draft(ctx);

	if (why)
		return ctx_alert(ctx, "%s", why);
	draft_add(draft, "Taken back.");
	return draft_edit(draft, button);
}

static enum verdict take_kick_back(struct ctx *ctx, const struct command *cmd)
{
	const struct acts_values *values = cmd->values;
	const char *why = ctx_undo(ctx, (struct action) { .kind = ACTION_KICK }, values->target,
				   ACT_NOW);

	return ctx_reply(ctx, "%s", why ? why : "Taken back.");
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
	COMMAND("unoust", take_kick_back, .arguments = acts_arguments),
	BUTTON(UNDO, undo),
	TEXT(guard, .group = true),
	END_OF_ROUTES,
};

const struct module acts_example = { .name = "acts", .routes = acts_routes };
