/* mute.c - silences somebody for a while; a button takes it back, and the log channel tells it. */
#include "workers/module.h"

struct mute_values {
	struct target who;
	int64_t seconds;
	const char *reason;
};

static const struct field mute_arguments[] = {
	TARGET_FIELD(struct mute_values, who, N_("who")),
	DURATION_FIELD(struct mute_values, seconds, N_("how long"), .optional = true),
	TEXT_FIELD(struct mute_values, reason, N_("why"), .optional = true),
	END_OF_FIELDS(struct mute_values),
};

static enum verdict mute(struct ctx *ctx, const struct command *cmd)
{
	const struct mute_values *values = cmd->values;
	const struct action action = { .kind = ACTION_MUTE, .seconds = values->seconds };
	const char *why = ctx_act(ctx, action, values->who, ACT_NOW, values->reason);
	struct draft *draft = ctx_draft(ctx);

	if (why)
		return ctx_reply(ctx, "%s", why);
	draft_acts(draft);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("mute", mute, .arguments = mute_arguments, .group = true,
		.admin = RIGHT_RESTRICT_MEMBERS),
	END_OF_ROUTES,
};

const struct module mute_recipe = { .name = "recipe_mute", .routes = routes };
