/* rules.c - rules and a greeting with the formatting and files in which an administrator wrote
 * them; {rules} in the greeting is a link that says the rules in private. */
#include "workers/module.h"

#define RULES_LINK "reciperules:%lld"
/* A slash: not among the settings, which every update of the chat reads. */
#define RULES "text/rules"
#define GREETING "text/greeting"

struct text_values {
	const char *text;
};

static const struct argument text_arguments[] = {
	KEPT_ARGUMENT(struct text_values, text, N_("text")),
	END_OF_ARGUMENTS(struct text_values),
};

static enum verdict keep(struct ctx *ctx, const struct command *cmd, const char *key)
{
	const struct text_values *values = cmd->values;

	if (!store_set(ctx, THIS_CHAT, key, values->text))
		return FAIL;
	return ctx_reply(ctx, _("I will say that."));
}

static enum verdict set_rules(struct ctx *ctx, const struct command *cmd)
{
	return keep(ctx, cmd, RULES);
}

static enum verdict set_greeting(struct ctx *ctx, const struct command *cmd)
{
	return keep(ctx, cmd, GREETING);
}

static enum verdict say_rules(struct ctx *ctx, struct holder group, const struct user *to)
{
	const char *rules = store_find(ctx, group, RULES);
	struct draft *draft = ctx_draft(ctx);

	if (!rules)
		return ctx_reply(ctx, _("This group has no rules."));
	draft_kept(draft, rules, to);
	return draft_reply(draft);
}

static enum verdict answer(struct ctx *ctx, const struct command *cmd)
{
	return say_rules(ctx, THIS_CHAT, cmd->from);
}

static enum verdict follow_link(struct ctx *ctx, const struct link *link)
{
	struct holder group = { .scope = OF_CHAT, .id = slug_integer(ctx, 0) };

	return say_rules(ctx, group, link->from);
}

static enum verdict greet(struct ctx *ctx, const struct member_change *change)
{
	const char *greeting = store_find(ctx, THIS_CHAT, GREETING);
	struct draft *draft = ctx_draft(ctx);

	if (!greeting || change->before != MEMBER_OUTSIDE || change->after == MEMBER_BANNED)
		return PASS;
	draft_fill(draft, "rules", _("the rules"),
		   ctx_deep_link(ctx, RULES_LINK, (long long)change->chat->id));
	draft_kept(draft, greeting, change->member);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("setrules", set_rules, .arguments = text_arguments, .group = true,
		.admin = RIGHT_CHANGE_INFO),
	COMMAND("setgreeting", set_greeting, .arguments = text_arguments, .group = true,
		.admin = RIGHT_CHANGE_INFO),
	COMMAND("rules", answer, .group = true),
	LINK(RULES_LINK, follow_link),
	MEMBER(greet),
	END_OF_ROUTES,
};

const struct module rules_recipe = { .name = "recipe_rules", .routes = routes };
