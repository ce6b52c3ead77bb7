/* warnings.c - warns members, bans whoever has three, and takes a warning back: numbers about
 * people, which end after a month and are no text. */
#include "workers/module.h"

#define LIMIT 3

struct warn_values {
	const struct user *who;
};

static const struct field warn_arguments[] = {
	USER_FIELD(struct warn_values, who, N_("who")),
	END_OF_FIELDS(struct warn_values),
};

static enum verdict ban(struct ctx *ctx, const struct user *who)
{
	if (ctx_queuef(ctx, "banChatMember", "{user_id: %lld}", (long long)who->id) != DONE)
		return FAIL;
	return ctx_reply(ctx, _("%s has %d warnings, and is out."), who->first_name, LIMIT);
}

static enum verdict warn(struct ctx *ctx, const struct command *cmd)
{
	const struct warn_values *values = cmd->values;
	struct fact warning;

	if (!fact_add(ctx, THIS_CHAT, "warning", values->who->id, 1, &warning))
		return FAIL;
	if (warning.number < LIMIT)
		return ctx_reply(ctx, _("%s has %lld of %d warnings."), values->who->first_name,
				 (long long)warning.number, LIMIT);
	fact_remove(ctx, THIS_CHAT, "warning", values->who->id);
	return ban(ctx, values->who);
}

static enum verdict unwarn(struct ctx *ctx, const struct command *cmd)
{
	const struct warn_values *values = cmd->values;
	bool was_warned = fact_remove(ctx, THIS_CHAT, "warning", values->who->id);

	return ctx_reply(ctx, "%s", was_warned ? _("It is taken back.") : _("There was none."));
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
		.bot = RIGHT_RESTRICT_MEMBERS, .group = true),
	COMMAND("unwarn", unwarn, .arguments = warn_arguments, .admin = RIGHT_RESTRICT_MEMBERS,
		.group = true),
	COMMAND("warnings", list_warnings, .admin = RIGHT_ADMIN, .group = true),
	END_OF_ROUTES,
};

/* PRIVACY.md lists each kind. Erasure leaves warnings: else it would be the way out of them. */
const struct module warnings_recipe = {
	.name = "recipe_warnings",
	.routes = routes,
	.facts = FACTS(FACT("warning", N_("warnings"), .keep_s = 30 * 86400,
			    .outlives_erasure = true, .listed = true)),
};
