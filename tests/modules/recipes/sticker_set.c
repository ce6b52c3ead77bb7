/* sticker_set.c - any field of the update, by the path that the Bot API gives it. */
#include "workers/module.h"

static enum verdict show_set(struct ctx *ctx, const struct command *cmd)
{
	const char *set = answer_text(ctx_update(ctx), "message.reply_to_message.sticker.set_name");
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	if (!set[0])
		return ctx_reply(ctx, _("Reply to a sticker of a set."));
	draft_add(draft, "<code>%s</code>", set);
	draft_link(draft, _("Open"), ctx_printf(ctx, "https://t.me/addstickers/%s", set));
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("set", show_set),
	END_OF_ROUTES,
};

const struct module sticker_set_recipe = { .name = "recipe_sticker_set", .routes = routes };
