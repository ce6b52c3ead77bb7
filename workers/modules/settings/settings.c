/* settings.c - /settings: a menu of the options of all modules (workers/api/options.h) in one
 * message that changes; /set and /reset do the same in writing. Who may change an option is checked
 * at each press. */
#include "workers/modules/settings/settings.h"

/* One menu of a person in a chat: the next takes its place. */
#define MENU_NAME "menu:%lld"
#define QUESTION_NAME "question:%lld"
#define QUESTION_SECONDS 3600

static enum verdict say(struct ctx *ctx, struct draft *draft)
{
	const struct user *user = ctx_find_user(ctx);

	if (!user_is_stand_in(user))
		draft_name(draft, NAME_SECONDS_MAX, MENU_NAME, (long long)user->id);
	return draft_reply(draft);
}

static enum verdict gone(struct ctx *ctx)
{
	return ctx_alert(ctx, "%s", _("This button is not for you, or does not work any more."));
}

/* --- looking ---------------------------------------------------------------------------------- */

static enum verdict show(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	add_modules(ctx, draft, 0);
	return say(ctx, draft);
}

static enum verdict turn(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);
	int64_t page = slug_integer(ctx, 0);

	add_modules(ctx, draft, page > 0 ? (int)page : 0);
	return draft_edit(draft, button);
}

static enum verdict open_module(struct ctx *ctx, const struct button *button)
{
	const struct module *module = find_module(ctx, (int)slug_integer(ctx, 0));
	struct draft *draft = ctx_draft(ctx);
	int64_t page = slug_integer(ctx, 1);

	if (!module)
		return gone(ctx);
	if (!add_module(ctx, draft, module, page > 0 ? (int)page : 0))
		return FAIL;
	return draft_edit(draft, button);
}

static enum verdict open_option(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);
	int64_t page = slug_integer(ctx, 1);
	struct option option;

	if (!find_option(ctx, (int)slug_integer(ctx, 0), &option))
		return gone(ctx);
	if (!add_option(ctx, draft, &option, page > 0 ? (int)page : 0))
		return FAIL;
	return draft_edit(draft, button);
}

/* --- changing --------------------------------------------------------------------------------- */

static enum verdict show_kept(struct ctx *ctx, const struct option *option)
{
	const char *options = ctx_options_in(ctx, option->module);
	struct draft *draft = ctx_draft(ctx);
	const char *kept;

	if (!options)
		return FAIL;
	kept = *(const char *const *)(const void *)(options + option->field->offset);
	if (!kept[0])
		return ctx_toast(ctx, "%s", _("off"));
	draft_kept(draft, kept, NULL);
	return draft_reply(draft);
}

static enum verdict change(struct ctx *ctx, const struct button *button)
{
	enum change what = (enum change)slug_integer(ctx, 1);
	struct draft *draft = ctx_draft(ctx);
	struct option option;
	const char *why;

	if (!find_option(ctx, (int)slug_integer(ctx, 0), &option))
		return gone(ctx);
	if (what == CHANGE_SHOW && option.field->type == FIELD_KEPT)
		return show_kept(ctx, &option);
	why = change_option(ctx, &option, what, (int)slug_integer(ctx, 2));
	if (why)
		return ctx_alert(ctx, "%s", why);
	if (!(what == CHANGE_SWITCH ? add_module(ctx, draft, option.module, page_of(ctx, &option))
				    : add_option(ctx, draft, &option, 0)))
		return FAIL;
	return draft_edit(draft, button);
}

/* --- asking ----------------------------------------------------------------------------------- */

static enum verdict ask_for(struct ctx *ctx, const struct option *option, const char *fault)
{
	const struct user *user = ctx_find_user(ctx);
	struct draft *draft = ctx_draft(ctx);

	if (fault)
		draft_add(draft, "%s\n\n", fault);
	draft_add(draft, "<b>%s</b>", ctx_translate(ctx, option->field->name));
	draft_expected(draft, option->field);
	draft_add(draft, "\n\n%s", _("Please reply to this message. /cancel ends it."));
	draft_question(draft, ANSWER_SLUG, number_of_option(ctx, option));
	draft_name(draft, QUESTION_SECONDS, QUESTION_NAME, (long long)user->id);
	return draft_reply(draft);
}

static enum verdict ask(struct ctx *ctx, const struct button *button)
{
	struct option option;
	const char *why;

	(void)button;
	if (!find_option(ctx, (int)slug_integer(ctx, 0), &option))
		return gone(ctx);
	why = ctx_option_refusal(ctx, option.field);
	return why ? ctx_alert(ctx, "%s", why) : ask_for(ctx, &option, NULL);
}

/* The menu comes again below the answer. */
static enum verdict answer(struct ctx *ctx, const struct message *message)
{
	struct draft *draft = ctx_draft(ctx);
	struct option option;
	const char *why;

	if (!find_option(ctx, (int)slug_integer(ctx, 0), &option))
		return ctx_reply(ctx, "%s",
				 _("That question is no longer open. Please start again."));
	why = ctx_option_refusal(ctx, option.field);
	if (why)
		return ctx_reply(ctx, "%s", why);
	why = answer_option(ctx, &option, message);
	if (why)
		return ask_for(ctx, &option, why);
	ctx_unsay(ctx, QUESTION_NAME, (long long)message->from->id);
	if (!add_option(ctx, draft, &option, 0))
		return FAIL;
	return say(ctx, draft);
}

static const struct route routes[] = {
	COMMAND("settings", show, .admin = RIGHT_ADMIN, .always = true,
		.help = N_("choose how I work in this chat")),
	COMMAND("set", ctx_run_set, .admin = RIGHT_ADMIN, .always = true,
		.usage = N_("<option> [value]"),
		.help = N_("show or change an option of this chat")),
	COMMAND("reset", ctx_run_reset, .admin = RIGHT_ADMIN, .always = true,
		.usage = N_("<option>"), .help = N_("an option as it was at first")),
	BUTTON(PAGE_SLUG, turn, .admin = RIGHT_ADMIN),
	BUTTON(MODULE_SLUG, open_module, .admin = RIGHT_ADMIN),
	BUTTON(FIELD_SLUG, open_option, .admin = RIGHT_ADMIN),
	BUTTON(CHANGE_SLUG, change, .admin = RIGHT_ADMIN),
	BUTTON(ASK_SLUG, ask, .admin = RIGHT_ADMIN),
	MESSAGE(answer, .step = ANSWER_SLUG),
	END_OF_ROUTES,
};

const struct module settings_module = {
	.name = "settings",
	.title = N_("Settings"),
	.icon = "⚙️",
	.routes = routes,
};
