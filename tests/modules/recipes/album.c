/* album.c - several photos as one message, by the ids that Telegram gave them. */
#include "workers/module.h"

static enum verdict send_album(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	for (int i = 1; i <= 3; i++)
		draft_media(draft, "photo", ctx_printf(ctx, "photo-%d", i), NULL);
	draft_add(draft, "<i>%s</i>", cmd->args);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("album", send_album),
	END_OF_ROUTES,
};

const struct module album_recipe = { .name = "recipe_album", .routes = routes };
