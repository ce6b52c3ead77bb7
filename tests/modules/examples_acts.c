/* examples_acts.c - bans and their like, with ctx_act(): by commands of administrators, by a guard,
 * and by a vote of everybody. */
#include <stdlib.h>
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
	why = ctx_act(ctx, action, values->target, wait, "");
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
	ctx_act(ctx, action, author, ACT_QUEUED, "");
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

/* --- ready-made ------------------------------------------------------------------------------- */

struct many_values {
	const char *ids, *reason;
};

static const struct field many_arguments[] = {
	WORD_FIELD(struct many_values, ids, "who"),
	TEXT_FIELD(struct many_values, reason, "why", .optional = true),
	END_OF_FIELDS(struct many_values),
};

/* Several at once: what was done is said in one message, why not in others. */
static enum verdict ban_many(struct ctx *ctx, const struct command *cmd)
{
	const struct many_values *values = cmd->values;
	const struct action ban = { .kind = ACTION_BAN };
	struct draft *draft = ctx_draft(ctx);
	char *rest;

	for (const char *at = values->ids; *at; at = *rest ? rest + 1 : rest) {
		struct target target = target_of(ctx, strtoll(at, &rest, 10));
		const char *why = ctx_act(ctx, ban, target, ACT_QUEUED, values->reason);

		if (why)
			ctx_reply(ctx, "%s", why);
	}
	draft_acts(draft);
	return draft_reply(draft);
}

/* What rules do: each word of the text is one. */
static enum verdict rule(struct ctx *ctx, const struct text_message *text)
{
	static const struct {
		const char *word;
		struct action action;
	} rules[] = {
		{ "noticed", { .kind = ACTION_LOG } },
		{ "tried", { .kind = ACTION_BAN, .dry_run = true } },
		{ "warned", { .kind = ACTION_WARN } },
		{ "deleted", { .kind = ACTION_DELETE } },
		{ "muted", { .kind = ACTION_MUTE, .seconds = 90 * 60, .delete_message = true } },
	};
	const struct target author = message_author(ctx_find_message(ctx));
	struct draft *draft = ctx_draft(ctx);
	bool said = false;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct action action = rules[i].action;
		const char *why;

		if (!strstr(text->text, rules[i].word))
			continue;
		action.by_rule = true;
		why = ctx_act(ctx, action, author, ACT_QUEUED, rules[i].word);
		if (why)
			ctx_reply(ctx, "%s", why);
		said = said || (!why && !action.dry_run && action.kind != ACTION_LOG);
	}
	if (!said)
		return PASS;
	draft_acts(draft);
	return draft_reply(draft);
}

static enum verdict tell(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_find_log(ctx, LOG_OTHER);

	if (!draft)
		return ctx_reply(ctx, "Nowhere.");
	draft_add(draft, "%s", cmd->args);
	return draft_reply(draft);
}

const struct module ruler_example = {
	.name = "ruler",
	.title = "Rules",
	.routes =
		(const struct route[]) {
			COMMAND("banmany", ban_many, .arguments = many_arguments, .group = true,
				.admin = RIGHT_RESTRICT_MEMBERS),
			COMMAND("announce", tell),
			TEXT(rule, .group = true),
			END_OF_ROUTES,
		},
};

const struct module acts_example = { .name = "acts", .routes = acts_routes };
