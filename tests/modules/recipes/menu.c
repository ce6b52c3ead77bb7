/* menu.c - a menu with pages, in one message that changes. */
#include "workers/module.h"

#define PAGE "recipemenu:%d"

static const char *const pages[] = { N_("Soup"), N_("Pasta"), N_("Cake") };
static const int pages_count = sizeof(pages) / sizeof(pages[0]);

static void write_page(struct ctx *ctx, struct draft *draft, int page)
{
	draft_add(draft, "<b>%s</b> (%d/%d)", _(pages[page]), page + 1, pages_count);
	if (page > 0)
		draft_button(draft, "«", PAGE, page - 1);
	if (page + 1 < pages_count)
		draft_button(draft, "»", PAGE, page + 1);
}

static enum verdict open_menu(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	write_page(ctx, draft, 0);
	return draft_reply(draft);
}

static enum verdict turn(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	write_page(ctx, draft, (int)slug_integer(ctx, 0));
	return draft_edit(draft, button);
}

static const struct route routes[] = {
	COMMAND("menu", open_menu),
	BUTTON(PAGE, turn, .asker = true),
	END_OF_ROUTES,
};

const struct module menu_recipe = { .name = "recipe_menu", .routes = routes };
