/* undo.c - the button that takes back what was done to somebody: below what was said of it, and in
 * the log channel. Whoever presses it needs the right; the first who does takes it back. */
#include <inttypes.h>
#include <string.h>

#include "common/xalloc.h"
#include "workers/host/act.h"
#include "workers/host/brief.h"
#include "workers/host/draft.h"
#include "workers/host/here.h"

#define CLAIMED_SECONDS 3600

static const struct {
	enum action_kind kind;
	const char *letter, *label;
} undoable[] = {
	{ ACTION_WARN, "w", N_("Take the warning back") },
	{ ACTION_RESTRICT, "r", N_("Lift the restriction") },
	{ ACTION_MUTE, "m", N_("Unmute") },
	{ ACTION_BAN, "b", N_("Unban") },
};

static int64_t id_of(struct target target)
{
	return target.user ? target.user->id : target.channel->id;
}

/* Whom it is about, when there are several. */
static const char *name_of(struct ctx *ctx, struct target target)
{
	const char *name = target.user ? target.user->first_name : target.channel->title;

	return name[0] ? name : arena_printf(ctx->arena, "%" PRId64, id_of(target));
}

void undo_add_button(struct draft *draft, const struct act *act, int64_t chat_id, bool named)
{
	struct ctx *ctx = draft_ctx(draft);

	for (size_t i = 0; i < COUNT_OF(undoable) && !act->undo; i++) {
		const char *label = ctx_translate(ctx, undoable[i].label);

		if (undoable[i].kind != act->action.kind)
			continue;
		if (act->chat->type == CHAT_GROUP && act->action.kind != ACTION_WARN)
			continue; /* Telegram has it for supergroups only */
		if (named)
			label = arena_printf(ctx->arena, "%s: %s", label,
					     name_of(ctx, act->target));
		draft_row(draft);
		draft_button(draft, label, UNDO_BUTTON, undoable[i].letter,
			     (long long)id_of(act->target), (long long)chat_id);
	}
}

/* --- pressed ---------------------------------------------------------------------------------- */

/* As the message with the button names them. */
static struct target find_target(struct ctx *ctx, int64_t id)
{
	const struct message *message = ctx_find_message(ctx);

	for (size_t i = 0; message && i < message->entities_count; i++)
		if (message->entities[i].user && message->entities[i].user->id == id)
			return (struct target) { .user = message->entities[i].user };
	return target_of(ctx, id);
}

static bool read_act(struct ctx *ctx, struct act *out)
{
	const char *letter = slug_text(ctx, 0);

	*out = (struct act) { .target = find_target(ctx, slug_integer(ctx, 1)),
			      .undo = true,
			      .reason = "" };
	for (size_t i = 0; i < COUNT_OF(undoable); i++)
		if (strcmp(undoable[i].letter, letter) == 0)
			out->action.kind = undoable[i].kind;
	return out->action.kind != ACTION_NONE;
}

/* False: another press was the first. */
static bool is_first(struct ctx *ctx, const struct button *button)
{
	const struct brief_key key = {
		.holder = { .scope = OF_CHAT, .id = ctx_find_here(ctx)->id },
		.module = "korone",
		.name = arena_printf(ctx->arena, "undo/%" PRId64 "/%s/%" PRId64, button->message_id,
				     slug_text(ctx, 0), slug_integer(ctx, 1)),
	};

	return brief_claim_at(ctx, &key, CLAIMED_SECONDS);
}

#define ROWS "callback_query.message.reply_markup.inline_keyboard"

/* The other buttons that the message has, which are about others: as they are. */
static void add_others(struct ctx *ctx, struct draft *draft)
{
	const struct answer *update = ctx_update(ctx);
	const char *pressed = answer_text(update, "callback_query.data");

	for (size_t i = 0; i < answer_count(update, ROWS); i++) {
		const char *row = arena_printf(ctx->arena, ROWS ".%zu", i);

		draft_row(draft);
		for (size_t j = 0; j < answer_count(update, row); j++) {
			const char *data = answer_text(
				update, arena_printf(ctx->arena, "%s.%zu.callback_data", row, j));
			const char *label = answer_text(
				update, arena_printf(ctx->arena, "%s.%zu.text", row, j));

			if (data[0] && strcmp(data, pressed) != 0)
				keyboard_add(&draft->keyboard, label, KEY_INLINE, "callback_data")
					->text = data;
		}
	}
}

/* What the message said, and that it was taken back, by whom. */
static enum verdict tell(struct ctx *ctx, const struct button *button)
{
	const struct message *message = ctx_find_message(ctx);
	const char *kept = message ? message_keep(ctx, message) : "";
	struct draft *draft = ctx_draft(ctx);

	if (kept[0]) {
		draft_kept(draft, kept, NULL);
		draft->preview = NULL;
		draft_add(draft, "\n\n");
	}
	draft_acts(draft);
	act_add_asker(ctx, draft);
	add_others(ctx, draft);
	return draft_edit(draft, button);
}

/* Whoever may write again, may, however often that is said: what Telegram does not do can be tried
 * again. But a warning is taken back with each press that comes through. */
static enum verdict take_back(struct ctx *ctx, const struct button *button, struct act *act)
{
	bool once = act->action.kind == ACTION_WARN;
	const char *why;

	if (once && !is_first(ctx, button))
		return ctx_toast(ctx, _("Somebody was faster."));
	why = act_do(ctx, act, ACT_NOW);
	if (why)
		return ctx_alert(ctx, "%s", why);
	if (!once && !is_first(ctx, button))
		return ctx_toast(ctx, _("Somebody was faster."));
	return tell(ctx, button);
}

enum verdict undo_press(struct ctx *ctx, const struct button *button)
{
	int64_t chat_id = slug_integer(ctx, 2);
	const char *why = chat_id ? ctx_enter(ctx, chat_id, RIGHT_NONE) : NULL;
	struct act act;

	if (!read_act(ctx, &act))
		return ctx_fail(ctx, "a button for an action that cannot be taken back");
	why = why ? why : act_check(ctx, &act);
	return why ? ctx_alert(ctx, "%s", why) : take_back(ctx, button, &act);
}
