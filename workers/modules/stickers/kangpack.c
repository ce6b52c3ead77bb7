/* kangpack.c - /kangpack [title]: a copy of the pack of a sticker. Telegram makes a pack with up to
 * 50 at once; the others are added by work that is put off, some at a time, so that nobody waits
 * behind it and a restart loses nothing. */
#include <string.h>

#include "workers/modules/stickers/packs.h"
#include "workers/modules/stickers/sticker.h"
#include "workers/modules/stickers/stickers.h"

#define FIRST_MAX 50 /* Bot API createNewStickerSet */
#define AT_ONCE 10
/* Of the message that says how far it is: by the letters that the pack's name begins with. */
#define NAME "kangpack:%.12s"
#define NAME_S 1800

static const char *emoji_at(struct ctx *ctx, const struct answer *set, int at)
{
	struct list *list = ctx_list(ctx, "setStickerEmojiList", "emoji_list");
	const char *emoji = answer_text(set, ctx_printf(ctx, "stickers.%d.emoji", at));

	list_addf(list, "%s", emoji[0] ? emoji : "🤔");
	return list_json(list);
}

static struct sticker sticker_at(struct ctx *ctx, const struct answer *set, int at)
{
	const char *path = ctx_printf(ctx, "stickers.%d.", at);

	return (struct sticker) {
		.file = answer_text(set, ctx_printf(ctx, "%sfile_id", path)),
		.format = answer_boolean(set, ctx_printf(ctx, "%sis_animated", path)) ? "animated"
			  : answer_boolean(set, ctx_printf(ctx, "%sis_video", path))  ? "video"
										      : "static",
		.emoji = emoji_at(ctx, set, at),
	};
}

static const struct answer *create(struct ctx *ctx, const struct answer *set, const char *name,
				   const char *title, int count)
{
	struct list *first = ctx_list(ctx, "createNewStickerSet", "stickers");

	for (int at = 0; at < count; at++) {
		const struct sticker sticker = sticker_at(ctx, set, at);

		list_addf(first, "{sticker: %s, format: %s, emoji_list: %s}", sticker.file,
			  sticker.format, sticker.emoji);
	}
	return ctx_callf(ctx, "createNewStickerSet",
			 "{user_id: %lld, name: %s, title: %s, stickers: %s}",
			 (long long)ctx_find_user(ctx)->id, name, title, list_json(first));
}

/* --- how far it is ---------------------------------------------------------------------------- */

static void add_state(struct ctx *ctx, struct draft *draft, const char *to, int count, int done,
		      int left_out)
{
	if (done < count)
		draft_add(draft, _("Copying the pack: %d of %d."), done, count);
	else
		draft_add(draft, _("The pack is yours: %d of %d stickers are in it."),
			  count - left_out, count);
	draft_link(draft, _("Open"), pack_link(ctx, to));
}

static enum verdict go_on(struct ctx *ctx, const char *from, const char *to, int count, int done,
			  int left_out)
{
	return done < count ? ctx_laterf(ctx, 0, COPY_WORK, from, to, done, left_out) : DONE;
}

/* --- the work --------------------------------------------------------------------------------- */

/* Telegram refuses one that is broken, and goes on with the next. */
enum verdict stickers_copy(struct ctx *ctx, const struct work *work)
{
	const char *from = slug_text(ctx, 0), *to = slug_text(ctx, 1);
	int done = (int)slug_integer(ctx, 2), left_out = (int)slug_integer(ctx, 3), count;
	const struct answer *set;
	struct draft *draft = ctx_draft(ctx);

	(void)work;
	ctx_release_lane(ctx);
	set = ctx_callf(ctx, "getStickerSet", "{name: %s}", from);
	count = (int)answer_count(set, "stickers");
	for (int end = done + AT_ONCE; done < end && done < count; done++) {
		const struct sticker sticker = sticker_at(ctx, set, done);
		enum outcome outcome = outcome_of(sticker_add(ctx, to, &sticker));

		if (outcome == OUTCOME_FULL || outcome == OUTCOME_GONE) {
			left_out += count - done;
			done = count;
			break;
		}
		left_out += outcome != OUTCOME_DONE;
	}
	if (count == 0) /* it is gone while it is copied */
		draft_add(draft, _("Telegram does not know this pack any more."));
	else
		add_state(ctx, draft, to, count, done, left_out);
	draft_edit_named(draft, NAME, pack_key(ctx, to));
	return go_on(ctx, from, to, count, done, left_out);
}

/* --- the command ------------------------------------------------------------------------------ */

static const char *choose_title(struct ctx *ctx, const struct packs *packs, const char *words,
				const struct answer *set)
{
	const char *title = pack_clean_title(ctx, words);

	if (!title[0])
		title = pack_clean_title(ctx, answer_text(set, "title"));
	while (packs_find_title(packs, title))
		title = pack_next_title(ctx, title);
	return title;
}

static enum verdict begin(struct ctx *ctx, struct packs *packs, const char *from,
			  const struct answer *set, const char *title)
{
	const int count = (int)answer_count(set, "stickers"),
		  first = count < FIRST_MAX ? count : FIRST_MAX;
	const char *name = pack_new_name(ctx);
	const struct answer *answer = create(ctx, set, name, title, first);
	struct draft *draft = ctx_draft(ctx);

	if (!answer_ok(answer))
		return say_outcome(ctx, outcome_of(answer), answer);
	if (!packs_add(ctx, packs, name, title))
		return FAIL;
	add_state(ctx, draft, name, count, first, 0);
	draft_name(draft, NAME_S, NAME, pack_key(ctx, name));
	draft_reply(draft);
	return go_on(ctx, from, name, count, first, 0);
}

enum verdict stickers_kangpack(struct ctx *ctx, const struct command *cmd)
{
	const char *from = replied_set(ctx);
	const struct answer *set;
	struct packs packs;

	if (!has_packs(ctx, cmd))
		return DONE;
	if (!from[0])
		return ctx_reply(ctx, _("Reply to a sticker of a pack with this command."));
	set = ctx_callf(ctx, "getStickerSet", "{name: %s}", from);
	if (!answer_ok(set))
		return say_outcome(ctx, outcome_of(set), set);
	if (strcmp(answer_text(set, "sticker_type"), "custom_emoji") == 0)
		return ctx_reply(ctx,
				 _("These are emoji, which are no stickers. /kang takes one of "
				   "them."));
	packs_load(ctx, &packs);
	if (packs.count == PACKS_MAX)
		return ctx_reply(ctx,
				 _("You have %d packs, and I keep no more. /delpack deletes one."),
				 PACKS_MAX);
	return begin(ctx, &packs, from, set, choose_title(ctx, &packs, cmd->args, set));
}
