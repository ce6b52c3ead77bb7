/* manage.c - the packs that a person has: which there are, which one /kang fills, and out with what
 * is not wanted. Only what the bot made for the same person: Telegram would let it take stickers
 * out of everybody's. */
#include <string.h>

#include "workers/modules/stickers/packs.h"
#include "workers/modules/stickers/sticker.h"
#include "workers/modules/stickers/stickers.h"

#define ON_PAGE 10

/* --- which there are -------------------------------------------------------------------------- */

/* Telegram is asked, since packs are also changed and deleted elsewhere. False: it is gone. */
static bool add_pack(struct ctx *ctx, struct draft *draft, const struct packs *packs, size_t at)
{
	const struct pack *pack = &packs->all[at];
	const struct answer *set = ctx_callf(ctx, "getStickerSet", "{name: %s}", pack->name);
	const unsigned count = (unsigned)answer_count(set, "stickers");

	if (outcome_of(set) == OUTCOME_GONE)
		return false;
	draft_add(draft, "%zu. <a href=\"%s\">%s</a>", at + 1, pack_link(ctx, pack->name),
		  pack->title);
	if (answer_ok(set))
		draft_add(draft, ctx_plural(ctx, ": %u sticker", ": %u stickers", count), count);
	draft_add(draft, pack == packs->current ? " ✅\n" : "\n");
	return true;
}

static bool add_page(struct ctx *ctx, struct draft *draft, struct packs *packs, size_t page)
{
	size_t at = page * ON_PAGE, shown = 0;

	while (at < packs->count && shown < ON_PAGE) {
		if (add_pack(ctx, draft, packs, at)) {
			at++;
			shown++;
		} else if (!packs_remove(ctx, packs, &packs->all[at])) {
			return false;
		}
	}
	if (page > 0)
		draft_button(draft, _("Back"), PAGE_BUTTON, (int)page - 1);
	if (at < packs->count)
		draft_button(draft, _("More"), PAGE_BUTTON, (int)page + 1);
	return true;
}

static struct draft *list(struct ctx *ctx, size_t page)
{
	struct draft *draft = ctx_draft(ctx);
	struct packs packs;

	packs_load(ctx, &packs);
	draft_add(draft, _("<b>Your packs</b>\n"));
	if (!add_page(ctx, draft, &packs, page))
		return NULL;
	if (packs.count == 0)
		draft_add(draft, _("There are none yet. Reply to a sticker with /kang."));
	else
		draft_add(draft, _("\n✅ is the one that /kang fills; /switch chooses another."));
	return draft;
}

enum verdict stickers_list(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft;

	if (!has_packs(ctx, cmd))
		return DONE;
	draft = list(ctx, 0);
	return draft ? draft_reply(draft) : FAIL;
}

enum verdict stickers_turn(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = list(ctx, (size_t)slug_integer(ctx, 0));

	return draft ? draft_edit(draft, button) : FAIL;
}

/* --- which one ---------------------------------------------------------------------------------*/

/* The pack that is meant; NULL after saying that there is none. */
static const struct pack *choose(struct ctx *ctx, const struct packs *packs, const char *words)
{
	const struct pack *pack = packs_choose(packs, words);

	if (!pack && !words[0])
		ctx_reply(ctx, _("Which pack? Say its number or its title after the command; "
				 "/mypacks lists them."));
	else if (!pack)
		ctx_reply(ctx, _("You have no such pack. /mypacks lists those that you have."));
	return pack;
}

enum verdict stickers_switch(struct ctx *ctx, const struct command *cmd)
{
	const struct pack *pack;
	struct packs packs;

	if (!has_packs(ctx, cmd))
		return DONE;
	packs_load(ctx, &packs);
	pack = choose(ctx, &packs, cmd->args);
	if (!pack)
		return DONE;
	if (!packs_make_current(ctx, &packs, pack))
		return FAIL;
	return ctx_reply(ctx, _("/kang fills <b>%s</b> from now on."), pack->title);
}

/* --- out with it ------------------------------------------------------------------------------ */

enum verdict stickers_delete_sticker(struct ctx *ctx, const struct command *cmd)
{
	const char *name = replied_set(ctx);
	const struct answer *answer;
	struct packs packs;

	if (!has_packs(ctx, cmd))
		return DONE;
	if (!name[0])
		return ctx_reply(ctx,
				 _("Reply to a sticker of one of your packs with this command."));
	packs_load(ctx, &packs);
	if (!packs_find_name(&packs, name))
		return ctx_reply(ctx, _("That is none of the packs that I made for you."));
	answer = ctx_callf(
		ctx, "deleteStickerFromSet", "{sticker: %s}",
		answer_text(ctx_update(ctx), "message.reply_to_message.sticker.file_id"));
	if (!answer_ok(answer))
		return say_outcome(ctx, outcome_of(answer), answer);
	return ctx_reply(ctx,
			 _("It is no longer in your pack <b>%s</b>. Telegram may show it for "
			   "some time."),
			 packs_find_name(&packs, name)->title);
}

enum verdict stickers_delete_pack(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	const char *name = replied_set(ctx);
	const struct pack *pack;
	struct packs packs;

	if (!has_packs(ctx, cmd))
		return DONE;
	packs_load(ctx, &packs);
	pack = !cmd->args[0] && name[0] ? packs_find_name(&packs, name) : NULL;
	if (!pack)
		pack = choose(ctx, &packs, cmd->args);
	if (!pack)
		return DONE;
	draft_add(draft,
		  _("Delete the pack <b>%s</b> with all of its stickers? They are gone for "
		    "everybody who added it."),
		  pack->title);
	draft_button(draft, _("Delete it"), DELETE_BUTTON, pack_key(ctx, pack->name));
	draft_style(draft, STYLE_DANGER);
	draft_button(draft, _("Keep it"), KEEP_BUTTON);
	return draft_reply(draft);
}

enum verdict stickers_confirm(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);
	const struct answer *answer;
	const struct pack *pack;
	struct packs packs;

	packs_load(ctx, &packs);
	pack = packs_find_key(&packs, slug_text(ctx, 0));
	if (pack) {
		answer = ctx_callf(ctx, "deleteStickerSet", "{name: %s}", pack->name);
		if (!answer_ok(answer) && outcome_of(answer) != OUTCOME_GONE)
			return ctx_alert(ctx, _("Telegram did not take it: %s"),
					 answer_error(answer));
		draft_add(draft, _("The pack <b>%s</b> is deleted."), pack->title);
		if (!packs_remove(ctx, &packs, pack))
			return FAIL;
	} else {
		draft_add(draft, _("This pack is gone already."));
	}
	return draft_edit(draft, button);
}

enum verdict stickers_keep(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, _("The pack stays."));
	return draft_edit(draft, button);
}
