/* warnings.c - warns members, bans whoever has three, and takes a warning back: numbers about
 * people, which end after a month and are no text. Other modules warn by it, with ctx_act(). */
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
	const char *why;

	if (!fact_add(ctx, THIS_CHAT, "warning", target.user->id, 1, &warning))
		return _("I cannot note that right now. Please try again.");
	*said = ctx_printf(ctx, _("%lld of %d"), (long long)warning.number, LIMIT);
	if (warning.number < LIMIT)
		return NULL;
	why = ctx_act(ctx, ban, target, ACT_NOW, reason);
	if (why)
		*said = ctx_printf(ctx, "%s. %s", *said, why);
	else
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

static enum verdict say_acts(struct ctx *ctx, const char *why)
{
	struct draft *draft = ctx_draft(ctx);

	if (why)
		return ctx_reply(ctx, "%s", why);
	draft_acts(draft);
	return draft_reply(draft);
}

static enum verdict warn(struct ctx *ctx, const struct command *cmd)
{
	const struct warn_values *values = cmd->values;
	const struct action action = { .kind = ACTION_WARN };

	return say_acts(ctx, ctx_act(ctx, action, (struct target) { .user = values->who }, ACT_NOW,
				     values->reason));
}

static enum verdict unwarn(struct ctx *ctx, const struct command *cmd)
{
	const struct warn_values *values = cmd->values;
	const struct action action = { .kind = ACTION_WARN };

	return say_acts(ctx,
			ctx_undo(ctx, action, (struct target) { .user = values->who }, ACT_NOW));
}

static enum verdict list_warnings(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	struct fact next = { 0 };

	(void)cmd;
	draft_add(draft, _("<b>Warnings</b>"));
	while (fact_each(ctx, THIS_CHAT, "warning", &next))
		draft_add(draft, "\n• <a href=\"tg://user?id=%lld\">%lld</a>: %lld",
			  (long long)next.person, (long long)next.person, (long long)next.number);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("warn", warn, .arguments = warn_arguments, .admin = RIGHT_RESTRICT_MEMBERS,
		.group = true),
	COMMAND("unwarn", unwarn, .arguments = warn_arguments, .admin = RIGHT_RESTRICT_MEMBERS,
		.group = true),
	COMMAND("warnings", list_warnings, .admin = RIGHT_ADMIN, .group = true),
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
