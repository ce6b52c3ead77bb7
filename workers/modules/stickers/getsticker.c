/* getsticker.c - /getsticker: a sticker as the file that it is. */
#include "workers/modules/stickers/packs.h"
#include "workers/modules/stickers/stickers.h"

#define STICKER "message.reply_to_message.sticker."

/* Telegram would show a WebP as a sticker again. */
static enum verdict send(struct ctx *ctx, const struct answer *update, const struct file *file)
{
	struct draft *draft = ctx_draft(ctx);

	draft_media(draft, "document", NULL, file);
	draft_with(draft, "{disable_content_type_detection: true}");
	draft_add(draft, "%s <code>%s</code>", answer_text(update, STICKER "emoji"),
		  answer_text(update, STICKER "file_id"));
	if (replied_set(ctx)[0])
		draft_link(draft, _("Open the pack"), pack_link(ctx, replied_set(ctx)));
	return draft_reply(draft);
}

enum verdict stickers_get(struct ctx *ctx, const struct command *cmd)
{
	const struct answer *update = ctx_update(ctx);
	const struct file *file;

	(void)cmd;
	if (!answer_has(update, STICKER "file_id"))
		return ctx_reply(ctx, _("Reply to a sticker with this command."));
	if (answer_boolean(update, STICKER "is_animated"))
		return ctx_reply(ctx, _("Telegram shows the file of such a sticker as the sticker "
					"again. I can send those that are pictures or videos."));
	file = ctx_file(ctx, answer_text(update, STICKER "file_id"));
	if (file_error(file)[0])
		return ctx_reply(ctx, "%s", file_error(file));
	return send(ctx, update, file);
}
