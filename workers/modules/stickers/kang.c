/* kang.c - /kang [pack] [emoji]: what is replied to becomes a sticker in a pack of the person's,
 * which is made if need be; when one is full, in the next: "Cats 2". */
#include <string.h>

#include "workers/modules/stickers/emoji.h"
#include "workers/modules/stickers/packs.h"
#include "workers/modules/stickers/sticker.h"
#include "workers/modules/stickers/stickers.h"

#define EMOJI_MAX 20 /* Bot API "InputSticker", emoji_list */
#define FALLBACK_EMOJI "🤔"

struct wish {
	struct sticker sticker;
	const char *title; /* of the pack; "": not said */
};

/* --- what was written ------------------------------------------------------------------------- */

static void add_emoji(struct ctx *ctx, struct list *list, const char *text, size_t size)
{
	size_t length;

	for (size_t at = 0; at < size && (length = emoji_length(text + at)) > 0; at += length)
		if (list_count(list) < EMOJI_MAX)
			list_addf(list, "%s", ctx_printf(ctx, "%.*s", (int)length, text + at));
}

static size_t first_word(const char *text)
{
	return strcspn(text, " \t\r\n");
}

static size_t last_word(const char *text, size_t size)
{
	size_t start = size;

	while (start > 0 && !strchr(" \t\r\n", text[start - 1]))
		start--;
	return start;
}

/* Words of emoji, at the beginning or the end, are the sticker's; the rest is the title. */
static void read_arguments(struct ctx *ctx, const char *words, struct wish *wish)
{
	struct list *list = ctx_list(ctx, "setStickerEmojiList", "emoji_list");
	const char *own = answer_text(ctx_update(ctx), "message.reply_to_message.sticker.emoji");
	size_t size, start;

	while (emoji_only(words, first_word(words))) {
		add_emoji(ctx, list, words, first_word(words));
		words += first_word(words);
		words += strspn(words, " \t\r\n");
	}
	size = strlen(words);
	start = last_word(words, size);
	if (emoji_only(words + start, size - start)) {
		add_emoji(ctx, list, words + start, size - start);
		size = start;
	}
	if (list_count(list) == 0)
		list_addf(list, "%s", own[0] ? own : FALLBACK_EMOJI);
	wish->sticker.emoji = list_json(list);
	wish->title = pack_clean_title(ctx, ctx_printf(ctx, "%.*s", (int)size, words));
}

/* --- into which pack -------------------------------------------------------------------------- */

static const char *first_title(struct ctx *ctx)
{
	return pack_clean_title(
		ctx, ctx_printf(ctx, _("%.35s's stickers"), ctx_find_user(ctx)->first_name));
}

/* The one that was named, or the current one; of those that go on where another is full the last.
 */
static const char *choose_title(struct ctx *ctx, const struct packs *packs, const char *title)
{
	if (!title[0])
		return packs->current ? packs->current->title : first_title(ctx);
	while (packs_find_title(packs, title) &&
	       packs_find_title(packs, pack_next_title(ctx, title)))
		title = pack_next_title(ctx, title);
	return title;
}

static const struct answer *create(struct ctx *ctx, const char *name, const char *title,
				   const struct sticker *sticker)
{
	return ctx_callf(ctx, "createNewStickerSet",
			 "{user_id: %lld, name: %s, title: %s,"
			 " stickers: [{sticker: %s, format: %s, emoji_list: %s}]}",
			 (long long)ctx_find_user(ctx)->id, name, title, sticker->file,
			 sticker->format, sticker->emoji);
}

static enum verdict say_done(struct ctx *ctx, const struct pack *pack, bool is_new,
			     const struct sticker *sticker)
{
	struct draft *draft = ctx_draft(ctx);

	if (is_new)
		draft_add(draft, _("I made the pack <b>%s</b> for you, with this sticker."),
			  pack->title);
	else
		draft_add(draft, _("It is in your pack <b>%s</b>."), pack->title);
	if (sticker->is_shortened)
		draft_add(draft, "\n%s", _("Stickers last 3 seconds: I took the first ones."));
	draft_link(draft, _("Open"), pack_link(ctx, pack->name));
	return draft_reply(draft);
}

static enum verdict put(struct ctx *ctx, struct packs *packs, const struct wish *wish)
{
	const char *title = choose_title(ctx, packs, wish->title), *name;
	const struct answer *answer;
	const struct pack *pack;
	enum outcome outcome;
	bool is_new;

	/* As often as there are packs that may be full, or gone. */
	for (;;) {
		pack = packs_find_title(packs, title);
		name = pack ? pack->name : pack_new_name(ctx);
		if (!pack && packs->count == PACKS_MAX)
			return ctx_reply(ctx,
					 _("You have %d packs, and I keep no more. /delpack "
					   "deletes one."),
					 PACKS_MAX);
		answer = pack ? sticker_add(ctx, name, &wish->sticker)
			      : create(ctx, name, title, &wish->sticker);
		outcome = outcome_of(answer);
		if (pack && outcome == OUTCOME_FULL)
			title = pack_next_title(ctx, title);
		else if (!pack || outcome != OUTCOME_GONE)
			break;
		else if (!packs_remove(ctx, packs, pack))
			return FAIL;
	}
	if (outcome != OUTCOME_DONE)
		return say_outcome(ctx, outcome, answer);
	is_new = !pack;
	if (is_new && !packs_add(ctx, packs, name, title))
		return FAIL;
	pack = packs_find_name(packs, name);
	if (!wish->title[0] && pack != packs->current && !packs_make_current(ctx, packs, pack))
		return FAIL;
	return say_done(ctx, pack, is_new, &wish->sticker);
}

enum verdict stickers_kang(struct ctx *ctx, const struct command *cmd)
{
	const struct message *reply = ctx_find_message(ctx)->reply;
	struct packs packs;
	struct wish wish;
	const char *why;

	if (!has_packs(ctx, cmd))
		return DONE;
	if (!reply)
		return ctx_reply(ctx, "%s", sticker_kinds(ctx));
	why = sticker_make(ctx, reply, &wish.sticker);
	if (why)
		return ctx_reply(ctx, "%s", why);
	read_arguments(ctx, cmd->args, &wish);
	packs_load(ctx, &packs);
	return put(ctx, &packs, &wish);
}
