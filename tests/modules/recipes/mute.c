/* mute.c - silences somebody for a while, with a button that takes it back. */
#include "workers/module.h"

#define TAKE_BACK "recipeunmute:%lld"

struct mute_values {
	struct target who;
	int64_t seconds;
};

static const struct field mute_arguments[] = {
	TARGET_FIELD(struct mute_values, who, N_("who")),
	DURATION_FIELD(struct mute_values, seconds, N_("how long"), .optional = true),
	END_OF_FIELDS(struct mute_values),
};

static enum verdict mute(struct ctx *ctx, const struct command *cmd)
{
	const struct mute_values *values = cmd->values;
	const struct action action = { .kind = ACTION_MUTE, .seconds = values->seconds };
	const char *why = ctx_act(ctx, action, values->who, ACT_NOW);
	struct draft *draft = ctx_draft(ctx);

	if (why)
		return ctx_reply(ctx, "%s", why);
	draft_add(draft, _("They can write nothing for now."));
	draft_button(draft, _("Take it back"), TAKE_BACK, (long long)values->who.user->id);
	return draft_reply(draft);
}

static enum verdict take_back(struct ctx *ctx, const struct button *button)
{
	const char *why = ctx_undo(ctx, (struct action) { .kind = ACTION_MUTE },
				   target_of(ctx, slug_integer(ctx, 0)), ACT_NOW);
	struct draft *draft = ctx_draft(ctx);

	if (why)
		return ctx_alert(ctx, "%s", why);
	draft_add(draft, _("They can write again."));
	return draft_edit(draft, button);
}

static const struct route routes[] = {
	COMMAND("mute", mute, .arguments = mute_arguments, .group = true),
	BUTTON(TAKE_BACK, take_back),
	END_OF_ROUTES,
};

const struct module mute_recipe = { .name = "recipe_mute", .routes = routes };
