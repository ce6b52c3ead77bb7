/* echo_media.c - says what a file is that somebody sends or replies to. */
#include "workers/module.h"

static enum verdict describe(struct ctx *ctx, const struct command *cmd)
{
	const struct message *message = ctx_find_message(ctx);
	const struct media *media = message->reply ? message->reply->media : message->media;

	(void)cmd;
	if (!media)
		return ctx_reply(ctx, _("Reply to a file, or write this below one."));
	return ctx_reply(ctx, "%s <code>%s</code> %s, %lld B, %lld s", media->kind, media->file_id,
			 media->name, (long long)media->size, (long long)media->seconds);
}

static const struct route routes[] = {
	COMMAND("file", describe),
	END_OF_ROUTES,
};

const struct module echo_media_recipe = { .name = "recipe_echo_media", .routes = routes };
