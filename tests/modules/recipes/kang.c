/* kang.c - adds the sticker, or the picture of 512 pixels, that is replied to to the
 * person's own set. */
#include <string.h>

#include "workers/module.h"

#define STICKER "message.reply_to_message.sticker."

static const char *format_of(struct ctx *ctx)
{
	if (answer_boolean(ctx_update(ctx), STICKER "is_video"))
		return "video";
	return answer_boolean(ctx_update(ctx), STICKER "is_animated") ? "animated" : "static";
}

/* A sticker goes by its id; a picture is got and sent again as a file. */
static const char *source_of(struct ctx *ctx, const struct media *media)
{
	if (strcmp(media->kind, "sticker") == 0)
		return media->file_id;
	return file_part(ctx, ctx_file(ctx, media->file_id));
}

static enum verdict kang(struct ctx *ctx, const struct command *cmd)
{
	const struct message *reply = ctx_find_message(ctx)->reply;
	const struct media *media = reply ? reply->media : NULL;
	const char *name, *emoji = cmd->args[0] ? cmd->args : "🤔", *source;
	const struct answer *added;
	long long id = cmd->from->id;
	struct draft *draft = ctx_draft(ctx);

	if (!media || (strcmp(media->kind, "sticker") && strcmp(media->kind, "document")))
		return ctx_reply(ctx, _("Reply to a sticker, or to a picture that is a file."));
	name = ctx_printf(ctx, "u%lld_by_%s", id, ctx_bot_username(ctx));
	source = source_of(ctx, media);
	added = ctx_callf(ctx, "addStickerToSet",
			  "{user_id: %lld, name: %s,"
			  " sticker: {sticker: %s, format: %s, emoji_list: [%s]}}",
			  id, name, source, format_of(ctx), emoji);
	if (!answer_ok(added)) /* STICKERSET_INVALID: make it with createNewStickerSet */
		return ctx_reply(ctx, _("Telegram does not take it: %s"), answer_error(added));
	draft_add(draft, _("It is in your set."));
	draft_link(draft, _("Open"), ctx_printf(ctx, "https://t.me/addstickers/%s", name));
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("kang", kang, .usage = N_("[emoji]"), .typing = "choose_sticker"),
	END_OF_ROUTES,
};

const struct module kang_recipe = { .name = "recipe_kang", .routes = routes };
