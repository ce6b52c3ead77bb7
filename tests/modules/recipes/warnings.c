/* warnings.c - warns members, for all modules, bans whoever has three, and takes a warning back:
 * numbers about people, which end after a month and are no text. */
#include "workers/module.h"

#define LIMIT 3

struct warn_values {
	const struct user *who;
	const char *reason;
};

static const struct field warn_arguments[] = {
	USER_FIELD(struct warn_values, who, N_("who")),
	TEXT_FIELD(struct warn_values, reason, N_("why"), .optional = true),
	END_OF_FIELDS(struct warn_values),
};

/* What ACTION_WARN is, for every module: the host calls it when all is checked. */
static const char *add_warning(struct ctx *ctx, struct target target, const char *reason,
			       const char **said)
{
	const struct action ban = { .kind = ACTION_BAN, .by_rule = true };
	struct fact warning;

	if (!fact_add(ctx, THIS_CHAT, "warning", target.user->id, 1, &warning))
		return _("I cannot note that right now. Please try again.");
	*said = ctx_printf(ctx, _("%lld of %d"), (long long)warning.number, LIMIT);
	if (warning.number >= LIMIT && !ctx_act(ctx, ban, target, ACT_NOW, reason))
		fact_remove(ctx, THIS_CHAT, "warning", target.user->id);
	return NULL;
}

static const char *take_warning_back(struct ctx *ctx, struct target target, const char **said)
{
	struct fact warning = { 0 };

	if (!fact_find(ctx, THIS_CHAT, "warning", target.user->id, NULL))
		return _("There is none.");
	fact_add(ctx, THIS_CHAT, "warning", target.user->id, -1, &warning);
	*said = ctx_printf(ctx, _("%lld of %d"), (long long)warning.number, LIMIT);
	return NULL;
}

static const struct warnings warnings = { add_warning, take_warning_back };

/* With a button that takes it back. */
static enum verdict warn(struct ctx *ctx, const struct command *cmd)
{
	const struct warn_values *values = cmd->values;
	const struct action action = { .kind = ACTION_WARN };
	const struct target target = { .user = values->who };
	const char *why = ctx_act(ctx, action, target, ACT_NOW, values->reason);
	struct draft *draft = ctx_draft(ctx);

	if (why)
		return ctx_reply(ctx, "%s", why);
	draft_acts(draft);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("warn", warn, .arguments = warn_arguments, .admin = RIGHT_RESTRICT_MEMBERS,
		.group = true),
	END_OF_ROUTES,
};

/* PRIVACY.md lists each kind. Erasure leaves warnings: else it would be the way out of them. */
const struct module warnings_recipe = {
	.name = "recipe_warnings",
	.routes = routes,
	.warnings = &warnings,
	.facts = FACTS(FACT("warning", N_("warnings"), .keep_s = 30 * 86400,
			    .outlives_erasure = true, .listed = true)),
};
