/* kang.c - puts a sticker, a picture or a film into the person's own set, made if need be. */
#include <string.h>

#include "workers/module.h"

#define START "recipekang"
#define STICKER "message.reply_to_message.sticker."
#define FIT "scale=512:512:force_original_aspect_ratio=decrease" /* as Telegram wants stickers */

/* Bot API "InputSticker", "format"; NULL: it can be none. */
static const char *format_of(const struct answer *update, const struct media *media)
{
	if (answer_boolean(update, STICKER "is_animated"))
		return "animated";
	if (answer_boolean(update, STICKER "is_video") ||
	    strstr("animation video_note", media->kind))
		return "video";
	if (strstr("sticker photo", media->kind) || strncmp(media->type, "image/", 6) == 0)
		return "static";
	return NULL;
}

static const struct file *make_fit(struct ctx *ctx, const char *file_id, const char *format)
{
	const struct program program = { .input = ctx_file(ctx, file_id), .megabytes = 1024 };

	if (strcmp(format, "static") == 0)
		return ctx_run(ctx, &program,
			       "ffmpeg -v error -i {input} -frames:v 1 -vf " FIT " {output}.webp");
	return ctx_run(ctx, &program,
		       "ffmpeg -v error -i {input} -t 2.9 -an -r 30 -c:v libvpx-vp9 -b:v 500k "
		       "-deadline realtime -fs 250000 -vf " FIT " {output}.webm");
}

/* To the set, or as the first of a new one. "", or why not. */
static const char *add(struct ctx *ctx, const struct user *person, const char *set,
		       const char *sticker, const char *format, const char *emoji)
{
	const struct answer *added = ctx_callf(
		ctx, "addStickerToSet",
		"{user_id: %lld, name: %s, sticker: {sticker: %s, format: %s, emoji_list: [%s]}}",
		(long long)person->id, set, sticker, format, emoji);

	if (strstr(answer_error(added), "STICKERSET_INVALID"))
		added = ctx_callf(ctx, "createNewStickerSet",
				  "{user_id: %lld, name: %s, title: %s,"
				  " stickers: [{sticker: %s, format: %s, emoji_list: [%s]}]}",
				  (long long)person->id, set,
				  ctx_printf(ctx, _("Stickers of %.40s"), person->first_name),
				  sticker, format, emoji);
	return answer_error(added);
}

static enum verdict say_why(struct ctx *ctx, const char *error)
{
	struct draft *draft = ctx_draft(ctx);

	if (strstr(error, "STICKERS_TOO_MUCH"))
		return ctx_reply(ctx, _("Your set is full."));
	if (strstr(error, "emoji") || strstr(error, "EMOJI"))
		return ctx_reply(ctx, _("Telegram takes no such emoji for a sticker."));
	if (!strstr(error, "PEER_ID_INVALID") && !strstr(error, "blocked by the user"))
		return ctx_reply(ctx, _("It did not work: %s"), error);
	draft_add(draft, _("I can make a set for you once you have started me."));
	draft_deep_link(draft, _("Start"), START);
	return draft_reply(draft);
}

static enum verdict kang(struct ctx *ctx, const struct command *cmd)
{
	const struct message *reply = ctx_find_message(ctx)->reply;
	const struct media *media = reply ? reply->media : NULL;
	const char *format = media ? format_of(ctx_update(ctx), media) : NULL, *set, *error;
	const char *own = answer_text(ctx_update(ctx), STICKER "emoji");
	const char *emoji = cmd->args[0] ? cmd->args : own;
	const struct file *made = NULL;
	struct draft *draft = ctx_draft(ctx);

	if (cmd->from->stands_for)
		return ctx_reply(ctx, _("A set belongs to a person: write as yourself."));
	if (!format)
		return ctx_reply(ctx, _("Reply to a sticker, a picture or a film."));
	if (strcmp(media->kind, "sticker"))
		made = make_fit(ctx, media->file_id, format);
	if (made && file_error(made)[0])
		return ctx_reply(ctx, "%s", file_error(made));
	set = ctx_printf(ctx, "u%lld_by_%s", (long long)cmd->from->id, ctx_bot_username(ctx));
	error = add(ctx, cmd->from, set, made ? file_part(ctx, made) : media->file_id, format,
		    emoji[0] ? emoji : "🤔");
	if (error[0])
		return say_why(ctx, error);
	draft_add(draft, _("It is in your set."));
	draft_link(draft, _("Open"), ctx_printf(ctx, "https://t.me/addstickers/%s", set));
	return draft_reply(draft);
}

static enum verdict start(struct ctx *ctx, const struct link *link)
{
	return ctx_reply(ctx, _("Hello %s. Now say /kang again."), link->from->first_name);
}

static const struct route routes[] = {
	COMMAND("kang", kang, .usage = N_("[emoji]"), .typing = "choose_sticker"),
	LINK(START, start),
	END_OF_ROUTES,
};

const struct module kang_recipe = { .name = "recipe_kang",
				    .routes = routes,
				    .programs = PROGRAMS("ffmpeg") };
