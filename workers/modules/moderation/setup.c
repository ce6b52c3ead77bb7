/* setup.c - /check: what is missing here for the bot to do what it can, and what of that is
 * switched on. */
#include <string.h>

#include "workers/module.h"

static const struct {
	enum right right;
	const char *without;
} needed[] = {
	{ RIGHT_DELETE_MESSAGES, N_("I cannot delete messages: neither rules nor /purge work.") },
	{ RIGHT_RESTRICT_MEMBERS,
	  N_("I cannot ban or mute: captcha, floods, raids and warnings have no effect.") },
	{ RIGHT_INVITE_USERS, N_("I cannot invite: requests to join are not mine to decide.") },
	{ RIGHT_PIN_MESSAGES, N_("I cannot pin.") },
};

/* What modules that are switched on by an option do by themselves. */
static const struct {
	const char *module;
	unsigned rights;
} rules[] = {
	{ "captcha", 1u << RIGHT_RESTRICT_MEMBERS | 1u << RIGHT_DELETE_MESSAGES },
	{ "cas", 1u << RIGHT_RESTRICT_MEMBERS },
	{ "cleaning", 1u << RIGHT_DELETE_MESSAGES },
	{ "flood", 1u << RIGHT_RESTRICT_MEMBERS | 1u << RIGHT_DELETE_MESSAGES },
	{ "gbans", 1u << RIGHT_RESTRICT_MEMBERS },
	{ "joins", 1u << RIGHT_INVITE_USERS },
	{ "locks", 1u << RIGHT_RESTRICT_MEMBERS | 1u << RIGHT_DELETE_MESSAGES },
	{ "newcomers", 1u << RIGHT_DELETE_MESSAGES },
	{ "night", 1u << RIGHT_RESTRICT_MEMBERS },
	{ "purge", 1u << RIGHT_DELETE_MESSAGES },
	{ "raid", 1u << RIGHT_RESTRICT_MEMBERS },
};

/* --- what is switched on ---------------------------------------------------------------------- */

static const struct module *find_module(struct ctx *ctx, const char *name)
{
	for (const struct module *const *at = ctx_modules(ctx); *at; at++)
		if (strcmp((*at)->name, name) == 0)
			return *at;
	return NULL;
}

/* How it acts is said by these, and not whether. */
static bool is_switch(const struct field *field)
{
	bool is_off_at_first = field->preset ? strcmp(field->preset, "off") == 0
					     : field->type == FIELD_BOOLEAN;

	return is_off_at_first && strcmp(field->member, "trial") != 0 &&
	       strcmp(field->member, "quiet") != 0 && strcmp(field->member, "whole") != 0;
}

static bool is_on(struct ctx *ctx, const struct module *module)
{
	const void *options = module && module->options ? ctx_options_in(ctx, module) : NULL;

	for (const struct field *field = module ? module->options : NULL;
	     options && field->type != FIELD_END; field++)
		if (is_switch(field) && strcmp(option_spelled(ctx, field, options), "off") != 0)
			return true;
	return false;
}

static void add_switched_on(struct ctx *ctx, struct draft *draft, enum right right)
{
	const char *before = ctx_printf(ctx, "\n   %s ", _("Switched on, and needing it:"));

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct module *module = rules[i].rights & 1u << right
						      ? find_module(ctx, rules[i].module)
						      : NULL;

		if (!is_on(ctx, module))
			continue;
		draft_add(draft, "%s<b>%s</b>", before, ctx_translate(ctx, module->title));
		before = ", ";
	}
}

static void add_lacks(struct ctx *ctx, struct draft *draft, unsigned rights)
{
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (rights & 1u << needed[i].right)
			continue;
		draft_add(draft, "\n• %s", ctx_translate(ctx, needed[i].without));
		add_switched_on(ctx, draft, needed[i].right);
	}
}

/* --- /check ----------------------------------------------------------------------------------- */

/* Bot API "User": without can_read_all_group_messages a bot that is no administrator sees commands
 * and answers to it alone. */
static void add_privacy_mode(struct ctx *ctx, struct draft *draft)
{
	const struct answer *self = ctx_callf(ctx, "getMe", "{}");

	if (answer_ok(self) && !answer_boolean(self, "can_read_all_group_messages"))
		draft_add(
			draft, "\n• %s",
			_("Telegram shows me commands alone (privacy mode): no rule can ever act. "
			  "Make me an administrator, or whoever runs me switches that off at "
			  "@BotFather."));
}

static enum verdict check(struct ctx *ctx, const struct command *cmd)
{
	unsigned rights = ctx_rights(ctx, ctx_bot_id(ctx));
	struct draft *draft = ctx_draft(ctx);
	bool complete = true;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		complete = complete && rights & 1u << needed[i].right;
	if (complete && cmd->chat->type == CHAT_SUPERGROUP)
		return ctx_reply(ctx, _("Nothing is missing: I can do here all that I can do."));
	draft_add(draft, "<b>%s</b>", _("What is missing here"));
	if (cmd->chat->type == CHAT_GROUP)
		draft_add(draft, "\n• %s",
			  _("This is a basic group: mutes, bans that end and topics need a "
			    "supergroup. "
			    "Its owner makes it one by showing the chat history to new members."));
	if (!rights) {
		draft_add(draft, "\n• %s",
			  _("I am no administrator: I do not see who joins, and can do nothing to "
			    "anybody."));
		add_privacy_mode(ctx, draft);
	} else {
		add_lacks(ctx, draft, rights);
	}
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("check", check, .group = true, .admin = RIGHT_ADMIN,
		.help = N_("show what is missing here for me to work")),
	END_OF_ROUTES,
};

const struct module setup_module = {
	.name = "setup",
	.title = N_("Setting up"),
	.icon = "🧰",
	.routes = routes,
};
