/* start.c - what people see first: who the bot is and where to start. /start, and a word when the
 * bot is added to a group. */
#include "workers/modules/start.h"

/* A group is greeted once, by whatever way the bot comes. */
#define GREETED "greeted"
#define GREETED_S 10

/* Telegram asks whoever adds it to let it do this: core.telegram.org/api/links, "Bot links". */
#define WISHES "restrict_members+delete_messages+pin_messages+invite_users"

static void add_buttons(struct ctx *ctx, struct draft *draft)
{
	draft_link(draft, _("Add me to a group"),
		   ctx_printf(ctx, "https://t.me/%s?startgroup&admin=%s", ctx_bot_username(ctx),
			      WISHES));
	draft_row(draft);
	if (ctx_find_command(ctx, "privacy"))
		draft_button(draft, _("Privacy"), "privacy");
	if (ctx_find_command(ctx, "language"))
		draft_button(draft, _("Language"), "languages");
	draft_row(draft);
	if (ctx_find_command(ctx, "help"))
		draft_button(draft, _("Help"), "help:%d", 0);
}

static void write_greeting(struct ctx *ctx, struct draft *draft, const struct user *person)
{
	draft_add(draft,
		  _("Hello, %s! I am @%s.\n\n"
		    "/help shows what I can do.\n"
		    "/privacy tells what I keep about you."),
		  person->first_name, ctx_bot_username(ctx));
	add_buttons(ctx, draft);
}

static enum verdict greet_person(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	/* What a link was to lead to, in words that nobody takes. */
	if (cmd->args[0] != '\0')
		draft_add(draft, "%s\n\n", _("That link leads nowhere, or not any more."));
	write_greeting(ctx, draft, cmd->from);
	return draft_reply(draft);
}

static enum verdict greet_again(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	write_greeting(ctx, draft, button->from);
	return draft_edit(draft, button);
}

void start_add_way_back(struct ctx *ctx, struct draft *draft)
{
	if (!ctx_find_command(ctx, "start") || chat_is_group(ctx_find_chat(ctx)))
		return;
	draft_row(draft);
	draft_button(draft, _("Back to the start"), "start");
}

static void add_help(struct ctx *ctx, struct draft *draft)
{
	if (ctx_find_command(ctx, "help"))
		draft_deep_link(draft, _("Help"), "help");
}

static enum verdict greet_group(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	/* Who adds the bot by a link has it say this, too. */
	if (brief_find(ctx, THIS_CHAT, GREETED))
		return DONE;
	draft_add(draft, "%s", _("I am awake. /help shows what I can do here."));
	add_help(ctx, draft);
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
	add_help(ctx, draft);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("start", greet_person, .private = true),
	BUTTON("start", greet_again),
	COMMAND("start", greet_group, .group = true, .always = true),
	OWN_MEMBER(greet_who_adds, .group = true),
	END_OF_ROUTES,
};

const struct module start_module = {
	.name = "start",
	.routes = routes,
};
