/* greeting.c - a greeting with the formatting and files in which an administrator wrote it; {rules}
 * in it is a link that says the rules in private. */
#include "workers/module.h"

#define READ "reciperules:%lld" /* of rules.c */
/* A slash: not among the settings, which every update of the chat reads. */
#define GREETING "text/greeting"

struct greeting_values {
	const char *text;
};

static const struct field arguments[] = {
	KEPT_FIELD(struct greeting_values, text, N_("text")),
	END_OF_FIELDS(struct greeting_values),
};

static enum verdict set(struct ctx *ctx, const struct command *cmd)
{
	const struct greeting_values *values = cmd->values;

	if (!store_set(ctx, THIS_CHAT, GREETING, values->text))
		return FAIL;
	return ctx_reply(ctx, _("I will say that."));
}

static enum verdict greet(struct ctx *ctx, const struct member_change *change)
{
	const char *greeting = store_find(ctx, THIS_CHAT, GREETING);
	struct draft *draft = ctx_draft(ctx);

	if (!greeting || change->before != MEMBER_OUTSIDE || change->after == MEMBER_BANNED)
		return PASS;
	draft_fill(draft, "rules", _("the rules"),
		   ctx_deep_link(ctx, READ, (long long)change->chat->id));
	draft_kept(draft, greeting, change->member);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("setgreeting", set, .arguments = arguments, .group = true,
		.admin = RIGHT_CHANGE_INFO),
	MEMBER(greet),
	END_OF_ROUTES,
};

const struct module greeting_recipe = { .name = "recipe_greeting", .routes = routes };
