/* stickers.c - stickers and packs of them: /kang takes a sticker, a picture or a video into a pack
 * of one's own, /kangpack a whole pack; the rest is about the packs that one has. */
#include "workers/modules/stickers/stickers.h"

#include <string.h>

const char *replied_set(struct ctx *ctx)
{
	return answer_text(ctx_update(ctx), "message.reply_to_message.sticker.set_name");
}

bool has_packs(struct ctx *ctx, const struct command *cmd)
{
	if (cmd->from->stands_for)
		ctx_reply(ctx, _("A pack belongs to a person: write as yourself."));
	return !cmd->from->stands_for;
}

static enum verdict greet(struct ctx *ctx, const struct link *link)
{
	return ctx_reply(ctx,
			 _("Hello, %s. Now I can make packs for you: reply to a sticker with "
			   "/kang again."),
			 link->from->first_name);
}

static const struct route routes[] = {
	COMMAND("kang steal", stickers_kang, .usage = N_("[pack] [emoji]"),
		.typing = "choose_sticker",
		.help = N_("take a sticker, a picture or a video into your pack (as a reply)")),
	COMMAND("kangpack stealpack", stickers_kangpack, .usage = N_("[title]"),
		.typing = "choose_sticker",
		.help = N_("take the whole pack of a sticker (as a reply)")),
	COMMAND("getsticker", stickers_get, .typing = "upload_document",
		.help = N_("get a sticker as a file (as a reply)")),
	COMMAND("delsticker", stickers_delete_sticker,
		.help = N_("take a sticker out of your pack (as a reply)")),
	COMMAND("delpack", stickers_delete_pack, .usage = N_("<number or title>"),
		.help = N_("delete one of your packs")),
	COMMAND("mypacks", stickers_list, .help = N_("list your packs")),
	COMMAND("switch", stickers_switch, .usage = N_("<number or title>"),
		.help = N_("choose the pack that /kang fills")),
	LINK(START_LINK, greet),
	BUTTON(PAGE_BUTTON, stickers_turn, .asker = true),
	BUTTON(DELETE_BUTTON, stickers_confirm, .asker = true),
	BUTTON(KEEP_BUTTON, stickers_keep, .asker = true),
	WORK(COPY_WORK, stickers_copy),
	END_OF_ROUTES,
};

const struct module stickers_module = {
	.name = "stickers",
	.title = N_("Stickers"),
	.icon = "🎨",
	.routes = routes,
	.programs = PROGRAMS("korone-picture", "ffmpeg"),
};
