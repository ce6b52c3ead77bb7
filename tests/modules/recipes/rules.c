/* rules.c - the rules of a group with the formatting and files in which an administrator wrote
 * them; a link says them in private. */
#include "workers/module.h"

#define READ "reciperules:%lld"
#define RULES "text/rules" /* a slash: not among the settings, which every update reads */

struct rules_values {
	const char *rules;
};

static const struct field arguments[] = {
	KEPT_FIELD(struct rules_values, rules, N_("text")),
	END_OF_FIELDS(struct rules_values),
};

static enum verdict set(struct ctx *ctx, const struct command *cmd)
{
	const struct rules_values *values = cmd->values;

	return store_set(ctx, THIS_CHAT, RULES, values->rules)
		       ? ctx_reply(ctx, _("I will say that."))
		       : FAIL;
}

static enum verdict say(struct ctx *ctx, int64_t group, const struct user *to)
{
	const char *rules = store_find(ctx, (struct holder) { OF_CHAT, group, 0 }, RULES);
	struct draft *draft = ctx_draft(ctx);

	if (!rules)
		return ctx_reply(ctx, _("This group has no rules."));
	draft_kept(draft, rules, to);
	return draft_reply(draft);
}

static enum verdict answer(struct ctx *ctx, const struct command *cmd)
{
	return say(ctx, cmd->chat->id, cmd->from);
}

static enum verdict follow(struct ctx *ctx, const struct link *link)
{
	return say(ctx, slug_integer(ctx, 0), link->from);
}

static const struct route routes[] = {
	COMMAND("setrules", set, .arguments = arguments, .group = true, .admin = RIGHT_CHANGE_INFO),
	COMMAND("rules", answer, .group = true),
	LINK(READ, follow),
	END_OF_ROUTES,
};

const struct module rules_recipe = { .name = "recipe_rules", .routes = routes };
