/* kangpack.c - /kangpack [title]: a copy of the pack of a sticker. Telegram makes a pack with up to
 * 50 at once; the others are added by work that is put off, some at a time, so that nobody waits
 * behind it and a restart loses nothing. */
#include <string.h>

#include "workers/modules/stickers/packs.h"
#include "workers/modules/stickers/sticker.h"
#include "workers/modules/stickers/stickers.h"

#define FIRST_MAX 50 /* Bot API createNewStickerSet */
#define AT_ONCE 10
#define WAIT_S 30
#define WAITS_MAX 5
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

/* --- the work --------------------------------------------------------------------------------- */

struct copying {
	const char *from, *to; /* names of packs */
	int done, left_out;
	int waited; /* how often, without getting on */
	int count;  /* of what it is copied from; 0: it is gone */
	bool waits; /* Telegram wants silence, or is away */
};

static enum verdict go_on(struct ctx *ctx, const struct copying *copying)
{
	if (copying->done == copying->count)
		return DONE;
	return ctx_laterf(ctx, copying->waits ? WAIT_S : 0, COPY_WORK, copying->from, copying->to,
			  copying->done, copying->left_out, copying->waited);
}

static void leave_out_rest(struct copying *copying)
{
	copying->left_out += copying->count - copying->done;
	copying->done = copying->count;
}

static bool may_work_later(const struct answer *answer)
{
	return !answer_ok(answer) && !answer_refused(answer);
}

/* Telegram refuses one that is broken, and goes on with the next. */
static void copy_some(struct ctx *ctx, const struct answer *set, struct copying *copying)
{
	for (int i = 0; i < AT_ONCE && copying->done < copying->count; i++) {
		const struct sticker sticker = sticker_at(ctx, set, copying->done);
		const struct answer *answer = sticker_add(ctx, copying->to, &sticker);
		const enum outcome outcome = outcome_of(answer);

		copying->waits = may_work_later(answer);
		if (copying->waits && copying->waited < WAITS_MAX) {
			copying->waited++;
			return;
		}
		if (copying->waits || outcome == OUTCOME_FULL || outcome == OUTCOME_GONE) {
			leave_out_rest(copying);
			return;
		}
		copying->left_out += outcome != OUTCOME_DONE && outcome != OUTCOME_THERE;
		copying->done++;
		copying->waited = 0;
	}
}

enum verdict stickers_copy(struct ctx *ctx, const struct work *work)
{
	struct copying copying = { .from = slug_text(ctx, 0),
				   .to = slug_text(ctx, 1),
				   .done = (int)slug_integer(ctx, 2),
				   .left_out = (int)slug_integer(ctx, 3),
				   .waited = (int)slug_integer(ctx, 4) };
	struct draft *draft = ctx_draft(ctx);
	const struct answer *set;

	(void)work;
	ctx_release_lane(ctx);
	set = ctx_callf(ctx, "getStickerSet", "{name: %s}", copying.from);
	if (may_work_later(set) && copying.waited < WAITS_MAX)
		return ctx_laterf(ctx, WAIT_S, COPY_WORK, copying.from, copying.to, copying.done,
				  copying.left_out, copying.waited + 1);
	copying.count = (int)answer_count(set, "stickers");
	if (copying.count > copying.done)
		copy_some(ctx, set, &copying);
	else /* there are fewer now */
		copying.done = copying.count;
	if (copying.count == 0)
		draft_add(draft, _("Telegram does not know this pack any more."));
	else
		add_state(ctx, draft, copying.to, copying.count, copying.done, copying.left_out);
	draft_edit_named(draft, NAME, pack_key(ctx, copying.to));
	return go_on(ctx, &copying);
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
	return go_on(ctx,
		     &(struct copying) { .from = from, .to = name, .count = count, .done = first });
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
