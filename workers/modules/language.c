/* language.c - /language: the language in which the bot answers in this chat. Everybody may look;
 * administrators choose in a group, the person in a private chat. */
#include <string.h>

#include "workers/modules/start.h"

#define CHOICE "language:%.8s"
#define OF_THE_CLIENT "auto"

static void write_menu(struct ctx *ctx, struct draft *draft)
{
	const char *locale;

	draft_add(draft, _("Here I answer in <b>%s</b>."), ctx_locale_name(ctx, ctx_locale(ctx)));
	for (size_t i = 0; (locale = ctx_find_locale(ctx, i)); i++) {
		draft_button(draft, ctx_locale_name(ctx, locale), CHOICE, locale);
		draft_row(draft);
	}
	draft_button(draft, _("As in each person's Telegram"), CHOICE, OF_THE_CLIENT);
}

static enum verdict show(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	write_menu(ctx, draft);
	return draft_reply(draft);
}

/* From /start. */
static enum verdict open_menu(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	write_menu(ctx, draft);
	start_add_way_back(ctx, draft);
	return draft_edit(draft, button);
}

/* The menu is shown again, in the chosen language. */
static enum verdict choose(struct ctx *ctx, const struct button *button)
{
	const char *choice = slug_text(ctx, 0);
	struct draft *draft = ctx_draft(ctx);

	if (ctx_choose_locale(ctx, strcmp(choice, OF_THE_CLIENT) == 0 ? "" : choice) != DONE)
		return FAIL;
	write_menu(ctx, draft);
	start_add_way_back(ctx, draft);
	ctx_toast(ctx, "%s", ctx_locale_name(ctx, ctx_locale(ctx)));
	return draft_edit(draft, button);
}

static const struct route routes[] = {
	COMMAND("language lang languages", show, .always = true,
		.help = N_("choose the language here")),
	BUTTON("languages", open_menu),
	BUTTON(CHOICE, choose, .admin = RIGHT_ADMIN),
	END_OF_ROUTES,
};

const struct module language_module = {
	.name = "language",
	.title = N_("Language"),
	.icon = "🌐",
	.routes = routes,
};
