/* photo.c - a photo with buttons below it, which change it, its words, or take it away. */
#include "workers/module.h"

#define SHOW "recipephoto:%d"
#define TAKE_AWAY "recipephotogone"

static void write_photo(struct ctx *ctx, struct draft *draft, int number)
{
	draft_media(draft, "photo", ctx_printf(ctx, "https://example.org/%d.jpg", number), NULL);
	draft_add(draft, _("Picture <b>%d</b>"), number);
	draft_button(draft, _("Next"), SHOW, number + 1);
	draft_button(draft, _("Take away"), TAKE_AWAY);
	draft_style(draft, STYLE_DANGER);
}

static enum verdict send(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	write_photo(ctx, draft, 1);
	return draft_reply(draft);
}

static enum verdict show(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	write_photo(ctx, draft, (int)slug_integer(ctx, 0));
	return draft_edit(draft, button);
}

static enum verdict take_away(struct ctx *ctx, const struct button *button)
{
	return ctx_delete(ctx, button->message_id);
}

static const struct route routes[] = {
	COMMAND("photo", send),
	BUTTON(SHOW, show),
	BUTTON(TAKE_AWAY, take_away, .asker = true),
	END_OF_ROUTES,
};

const struct module photo_recipe = { .name = "recipe_photo", .routes = routes };
