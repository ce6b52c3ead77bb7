/* sticker.c - https://core.telegram.org/stickers: one side of 512 pixels; a static one is a WebP or
 * PNG, a video a WebM of VP9 without sound, of at most 3 seconds, 30 frames a second and 256 KB.
 * What is a sticker already fits and is taken as it is. */
#include "workers/modules/stickers/sticker.h"

#include <string.h>

#include "workers/modules/stickers/stickers.h"

#define STICKER "message.reply_to_message.sticker."
#define VIDEO_BYTES_MAX 256000
#define VIDEO_SECONDS 3
/* A little less: the last frame lasts, too. */
#define VIDEO_TAKEN "2.9"
#define VIDEO_MEGABYTES 1024
#define VIDEO_WAIT_S 90
#define STILL_WAIT_S 30

/* From the best on, until it fits; the last is for what is noise all over. */
static const struct quality {
	int frames; /* a second, at most */
	int crf;    /* of libvpx-vp9: 0 is the best, 63 the worst */
	const char *rate;
} qualities[] = {
	{ 30, 30, "640k" },
	{ 30, 40, "250k" },
	{ 20, 50, "100k" },
	{ 12, 63, "40k" },
};

enum sort { SORT_NONE, SORT_STILL, SORT_OTHER_STILL, SORT_MOVING };

/* --- pictures --------------------------------------------------------------------------------- */

static const struct file *make_static(struct ctx *ctx, const struct file *picture)
{
	return ctx_run(ctx,
		       &(struct program) { .input = picture,
					   .seconds = STILL_WAIT_S,
					   .megabytes = PICTURE_MEGABYTES },
		       "korone-picture sticker {input} {output}.webp");
}

/* What korone-picture does not read. */
static const struct file *make_png(struct ctx *ctx, const struct file *picture)
{
	return ctx_run(ctx,
		       &(struct program) { .input = picture,
					   .seconds = STILL_WAIT_S,
					   .megabytes = VIDEO_MEGABYTES },
		       "ffmpeg -v error -nostdin -i {input} -map 0:v:0 -frames:v 1 {output}.png");
}

static const struct file *make_video(struct ctx *ctx, const struct file *film, bool has_opacity,
				     const struct quality *quality)
{
	return ctx_run(
		ctx,
		&(struct program) {
			.input = film, .seconds = VIDEO_WAIT_S, .megabytes = VIDEO_MEGABYTES },
		"ffmpeg -v error -nostdin -t " VIDEO_TAKEN
		" -i {input} -map 0:v:0 -an -sn -dn -map_metadata -1 -fpsmax %d"
		" -vf scale=512:512:force_original_aspect_ratio=decrease:force_divisible_by=2"
		" -pix_fmt %s -c:v libvpx-vp9 -deadline good -cpu-used 4 -threads 2 -crf %d"
		" -b:v %s {output}.webm",
		quality->frames, has_opacity ? "yuva420p" : "yuv420p", quality->crf, quality->rate);
}

static const struct file *make_small_video(struct ctx *ctx, const struct file *film,
					   bool has_opacity)
{
	const struct file *made = NULL;

	ctx_release_lane(ctx); /* it takes seconds, for which nobody else in the chat need wait */
	for (size_t i = 0; i < sizeof(qualities) / sizeof(qualities[0]); i++) {
		made = make_video(ctx, film, has_opacity, &qualities[i]);
		if (file_error(made)[0] || file_size(made) <= VIDEO_BYTES_MAX)
			break;
	}
	return made;
}

/* --- what it is ------------------------------------------------------------------------------- */

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool is_any(const char *kind, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(kind, *names) == 0)
			return true;
	return false;
}

static enum sort sort_of_document(const char *type)
{
	static const char *const read[] = { "image/png", "image/jpeg", "image/webp", NULL };

	if (is_any(type, read))
		return SORT_STILL;
	if (begins(type, "video/") || strcmp(type, "image/gif") == 0)
		return SORT_MOVING;
	return begins(type, "image/") ? SORT_OTHER_STILL : SORT_NONE;
}

static enum sort sort_of(const struct media *media)
{
	static const char *const films[] = { "animation", "video", "video_note", NULL };

	if (strcmp(media->kind, "photo") == 0 || strcmp(media->kind, "live_photo") == 0)
		return SORT_STILL;
	if (is_any(media->kind, films))
		return SORT_MOVING;
	return strcmp(media->kind, "document") == 0 ? sort_of_document(media->type) : SORT_NONE;
}

static bool can_make(struct ctx *ctx, enum sort sort)
{
	const bool draws = ctx_has_program(ctx, "korone-picture"),
		   films = ctx_has_program(ctx, "ffmpeg");

	switch (sort) {
	case SORT_NONE:
		break;
	case SORT_STILL:
		return draws;
	case SORT_OTHER_STILL:
		return draws && films;
	case SORT_MOVING:
		return films;
	}
	return false;
}

const char *sticker_kinds(struct ctx *ctx)
{
	const bool draws = can_make(ctx, SORT_STILL), films = can_make(ctx, SORT_MOVING);

	if (draws && films)
		return _("Reply to a sticker, a picture or a video with this command.");
	if (draws)
		return _("Reply to a sticker or a picture with this command.");
	return films ? _("Reply to a sticker or a video with this command.")
		     : _("Reply to a sticker with this command.");
}

/* --- making it -------------------------------------------------------------------------------- */

/* Those of custom emoji have 100 pixels a side; as a rule of Telegram's, moving ones but not drawn
 * ones. */
static const char *take_sticker(struct ctx *ctx, const struct media *media, struct sticker *out)
{
	const struct answer *update = ctx_update(ctx);
	const bool is_small = strcmp(answer_text(update, STICKER "type"), "custom_emoji") == 0;
	const struct file *made;

	out->format = answer_boolean(update, STICKER "is_animated") ? "animated"
		      : answer_boolean(update, STICKER "is_video")  ? "video"
								    : "static";
	out->file = media->file_id;
	if (!is_small || strcmp(out->format, "animated") == 0)
		return NULL;
	if (!can_make(ctx, out->format[0] == 's' ? SORT_STILL : SORT_MOVING))
		return sticker_kinds(ctx);
	made = ctx_file(ctx, media->file_id);
	made = out->format[0] == 's' ? make_static(ctx, made) : make_small_video(ctx, made, true);
	out->file = file_part(ctx, made);
	return file_error(made)[0] ? file_error(made) : NULL;
}

static const char *take_file(struct ctx *ctx, const struct media *media, enum sort sort,
			     struct sticker *out)
{
	const bool is_live = strcmp(media->kind, "live_photo") == 0;
	const struct file *file = ctx_file(ctx, is_live ? media->still_id : media->file_id);

	if (sort == SORT_OTHER_STILL)
		file = make_png(ctx, file);
	if (sort == SORT_MOVING)
		file = make_small_video(ctx, file, strcmp(media->type, "image/gif") == 0);
	else
		file = make_static(ctx, file);
	if (file_error(file)[0])
		return file_error(file);
	if (sort == SORT_MOVING && file_size(file) > VIDEO_BYTES_MAX)
		return _("This cannot be made as small as Telegram wants stickers.");
	out->format = sort == SORT_MOVING ? "video" : "static";
	out->file = file_part(ctx, file);
	out->is_shortened = sort == SORT_MOVING && media->seconds > VIDEO_SECONDS;
	return NULL;
}

const char *sticker_make(struct ctx *ctx, const struct message *message, struct sticker *out)
{
	const struct media *media = message->media;
	enum sort sort;

	*out = (struct sticker) { .format = "" };
	if (!media)
		return sticker_kinds(ctx);
	if (strcmp(media->kind, "sticker") == 0)
		return take_sticker(ctx, media, out);
	sort = sort_of(media);
	return can_make(ctx, sort) ? take_file(ctx, media, sort, out) : sticker_kinds(ctx);
}

/* --- into a pack ------------------------------------------------------------------------------ */

enum outcome outcome_of(const struct answer *answer)
{
	static const struct {
		const char *words;
		enum outcome outcome;
	} errors[] = {
		{ "STICKERS_TOO_MUCH", OUTCOME_FULL },
		{ "sticker set is full", OUTCOME_FULL },
		{ "STICKERSET_NOT_MODIFIED", OUTCOME_THERE },
		{ "STICKERSET_INVALID", OUTCOME_GONE },
		{ "sticker set not found", OUTCOME_GONE },
		{ "PEER_ID_INVALID", OUTCOME_NOT_MET },
		{ "USER_IS_BLOCKED", OUTCOME_NOT_MET },
		{ "blocked by the user", OUTCOME_NOT_MET },
		{ "user not found", OUTCOME_NOT_MET },
		{ "emoji", OUTCOME_BAD_EMOJI },
		{ "EMOJI", OUTCOME_BAD_EMOJI },
	};
	const char *error = answer_error(answer);

	if (answer_ok(answer))
		return OUTCOME_DONE;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strstr(error, errors[i].words))
			return errors[i].outcome;
	return OUTCOME_REFUSED;
}

const struct answer *sticker_add(struct ctx *ctx, const char *pack, const struct sticker *sticker)
{
	return ctx_callf(
		ctx, "addStickerToSet",
		"{user_id: %lld, name: %s, sticker: {sticker: %s, format: %s, emoji_list: %s}}",
		(long long)ctx_find_user(ctx)->id, pack, sticker->file, sticker->format,
		sticker->emoji);
}

enum verdict say_outcome(struct ctx *ctx, enum outcome outcome, const struct answer *answer)
{
	struct draft *draft;

	switch (outcome) {
	case OUTCOME_NOT_MET:
		draft = ctx_draft(ctx);
		draft_add(draft,
			  _("A pack belongs to a person whom I know. Start me in private, and "
			    "then say this again."));
		draft_deep_link(draft, _("Start me"), START_LINK);
		return draft_reply(draft);
	case OUTCOME_BAD_EMOJI:
		return ctx_reply(ctx, _("Telegram takes no such emoji for a sticker."));
	case OUTCOME_THERE:
		return ctx_reply(ctx, _("It is in this pack already."));
	case OUTCOME_FULL:
		return ctx_reply(ctx, _("The pack is full."));
	case OUTCOME_GONE:
		return ctx_reply(ctx, _("Telegram does not know this pack any more."));
	case OUTCOME_DONE:
	case OUTCOME_REFUSED:
		break;
	}
	return ctx_reply(ctx, _("Telegram did not take it: %s"), answer_error(answer));
}
