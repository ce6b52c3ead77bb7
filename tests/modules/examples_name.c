/* examples_name.c - messages that are found again by their names. */
#include "workers/module.h"

#define CAPTCHA "captcha:%lld"

/* The welcome before it goes. */
static enum verdict welcome(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "Welcome, %s!", cmd->args);
	draft_name(draft, 3600, "welcome");
	return draft_reply(draft);
}

static enum verdict ask(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%s, press the button.", cmd->from->first_name);
	draft_button(draft, "I am here", CAPTCHA, (long long)cmd->from->id);
	draft_name(draft, 600, CAPTCHA, (long long)cmd->from->id);
	return draft_reply(draft);
}

static enum verdict solve(struct ctx *ctx, const struct button *button)
{
	(void)button;
	return ctx_unsay(ctx, CAPTCHA, (long long)slug_integer(ctx, 0));
}

/* Long work: said once, then changed. */
static enum verdict work(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx), *more = ctx_draft(ctx);

	draft_add(draft, "0 %%");
	draft_name(draft, 600, "work:%.8s", cmd->args);
	draft_reply(draft);
	draft_add(more, "50 %%");
	return draft_edit_named(more, "work:%.8s", cmd->args);
}

static enum verdict end_work(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "done");
	return draft_edit_named(draft, "work:%.8s", cmd->args);
}

/* Several messages under one name. */
static enum verdict say_much(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_media(draft, "photo", "one", NULL);
	draft_media(draft, "photo", "two", NULL);
	draft_add(draft, "Two photos");
	draft_button(draft, "I am here", CAPTCHA, (long long)cmd->from->id);
	draft_name(draft, 600, "much");
	return draft_reply(draft);
}

static enum verdict unsay_much(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_unsay(ctx, "much");
}

static enum verdict misname(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "nothing");
	if (cmd->args[0])
		draft_name(draft, 600, "%.4s:", cmd->args);
	else
		draft_name(draft, 48 * 3600, "late");
	return draft_reply(draft);
}

const struct module name_example = {
	.name = "name",
	.routes = (const struct route[]) { COMMAND("welcome", welcome), COMMAND("ask", ask),
					   COMMAND("work", work), COMMAND("endwork", end_work),
					   COMMAND("much", say_much), COMMAND("less", unsay_much),
					   COMMAND("unnamed", misname), BUTTON(CAPTCHA, solve),
					   END_OF_ROUTES },
};
