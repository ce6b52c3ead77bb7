/* start.c - what people see first: who the bot is and where to start. /start, and a word when the
 * bot is added to a group. */
#include "workers/module.h"

/* A group is greeted once, by whatever way the bot comes. */
#define GREETED "greeted"
#define GREETED_S 10

/* Telegram asks whoever adds it to let it do this: core.telegram.org/api/links, "Bot links". */
#define WISHES "restrict_members+delete_messages+pin_messages+invite_users"

static enum verdict greet_person(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	const char *bot = ctx_bot_username(ctx);

	/* What a link was to lead to, in words that nobody takes. */
	if (cmd->args[0] != '\0')
		draft_add(draft, "%s\n\n", _("That link leads nowhere, or not any more."));
	draft_add(draft,
		  _("Hello, %s! I am @%s.\n\n"
		    "/help shows what I can do.\n"
		    "/privacy tells what I keep about you."),
		  cmd->from->first_name, bot);
	draft_link(draft, _("Add me to a group"),
		   ctx_printf(ctx, "https://t.me/%s?startgroup&admin=%s", bot, WISHES));
	draft_row(draft);
	draft_button(draft, _("Help"), "help:%d", 0);
	return draft_reply(draft);
}

static enum verdict greet_group(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	/* Who adds the bot by a link has it say this, too. */
	if (brief_find(ctx, THIS_CHAT, GREETED))
		return DONE;
	draft_add(draft, "%s", _("I am awake. /help shows what I can do here."));
	draft_deep_link(draft, _("Help"), "help");
	return draft_reply(draft);
}

static bool is_in(enum member_status status)
{
	return status != MEMBER_OUTSIDE && status != MEMBER_BANNED;
}

static enum verdict greet_who_adds(struct ctx *ctx, const struct member_change *change)
{
	struct draft *draft = ctx_draft(ctx);

	if (is_in(change->before) || !is_in(change->after) || change->after == MEMBER_RESTRICTED)
		return PASS;
	/* Without Redis it greets twice. */
	(void)brief_set(ctx, THIS_CHAT, GREETED, "", GREETED_S);
	draft_add(
		draft, "%s",
		_("Thank you for adding me! /help shows what I can do here. As an administrator I "
		  "can do more."));
	draft_deep_link(draft, _("Help"), "help");
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("start", greet_person, .private = true),
	COMMAND("start", greet_group, .group = true, .always = true),
	OWN_MEMBER(greet_who_adds, .group = true),
	END_OF_ROUTES,
};

const struct module start_module = {
	.name = "start",
	.routes = routes,
};
