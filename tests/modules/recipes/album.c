/* album.c - several photos as one message, by the ids that Telegram gave them. */
#include "workers/module.h"

static enum verdict send_album(struct ctx *ctx, const struct command *cmd)
{
	struct list *media = ctx_list(ctx, "sendMediaGroup", "media");

	list_addf(media, "{type: 'photo', media: %s, caption: %s}", "photo-1", cmd->args);
	for (int i = 2; i <= 3; i++)
		list_addf(media, "{type: 'photo', media: %s}", ctx_printf(ctx, "photo-%d", i));
	return ctx_queuef(ctx, "sendMediaGroup", "{media: %s}", list_json(media));
}

static const struct route routes[] = {
	COMMAND("album", send_album),
	END_OF_ROUTES,
};

const struct module album_recipe = { .name = "recipe_album", .routes = routes };
