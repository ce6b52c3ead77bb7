/* rules.c - the rules of a group as an administrator wrote them; a link says them in private. */
#include "workers/module.h"

struct rules_options {
	const char *rules;
};

static const struct field options[] = {
	KEPT_FIELD(struct rules_options, rules, N_("rules")),
	END_OF_FIELDS(struct rules_options),
};

static enum verdict say(struct ctx *ctx, const struct rules_options *of, const struct user *to)
{
	struct draft *draft = ctx_draft(ctx);

	if (!of->rules[0])
		return ctx_reply(ctx, _("This group has no rules."));
	draft_kept(draft, of->rules, to);
	return draft_reply(draft);
}

static enum verdict answer(struct ctx *ctx, const struct command *cmd)
{
	return say(ctx, ctx_options(ctx), cmd->from);
}

static enum verdict follow(struct ctx *ctx, const struct link *link)
{
	return say(ctx, ctx_options_of(ctx, slug_integer(ctx, 0)), link->from);
}

static const struct route routes[] = {
	SETTER("setrules", "rules"),
	COMMAND("rules", answer, .group = true),
	LINK("reciperules:%lld", follow),
	END_OF_ROUTES,
};

const struct module rules_recipe = { .name = "recipe_rules", .routes = routes, .options = options };
