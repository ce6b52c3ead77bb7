/* rules.c - what an administrator wrote, with its formatting and file, said again to who asks. */
#include "workers/module.h"

struct rules_values {
	const char *rules;
};

static const struct argument rules_arguments[] = {
	KEPT_ARGUMENT(struct rules_values, rules, N_("rules")),
	END_OF_ARGUMENTS(struct rules_values),
};

static enum verdict keep_rules(struct ctx *ctx, const struct command *cmd)
{
	const struct rules_values *values = cmd->values;

	if (!store_set(ctx, THIS_CHAT, "rules", values->rules))
		return FAIL;
	return ctx_reply(ctx, _("These are the rules from now on."));
}

static enum verdict say_rules(struct ctx *ctx, const struct command *cmd)
{
	const char *rules = store_find(ctx, THIS_CHAT, "rules");
	struct draft *draft = ctx_draft(ctx);

	if (!rules)
		return ctx_reply(ctx, _("This group has no rules."));
	draft_kept(draft, rules, cmd->from);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("setrules", keep_rules, .arguments = rules_arguments, .group = true,
		.admin = RIGHT_CHANGE_INFO),
	COMMAND("rules", say_rules, .group = true),
	END_OF_ROUTES,
};

const struct module rules_recipe = { .name = "recipe_rules", .routes = routes };
