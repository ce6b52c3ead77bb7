/* examples_enter.c - another chat in hand: by a link, by the connection, for a rule of the chat;
 * with stores, facts, rights, buttons, questions, calls, names and deletions there and here. */
#include <stdlib.h>

#include "workers/module.h"

#define NOTE "enternote:%lld"
#define AGAIN "enteragain:%lld"
#define PAGE "enterpage:%d"
#define WORD "enterword:%d"

/* --- by a link -------------------------------------------------------------------------------- */

static enum verdict offer(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "In private.");
	draft_deep_link(draft, "Read", NOTE, (long long)cmd->chat->id);
	return draft_reply(draft);
}

static enum verdict say_note(struct ctx *ctx, enum right right, struct draft **out)
{
	const char *why = ctx_enter(ctx, slug_integer(ctx, 0), right), *note;

	*out = ctx_draft(ctx);
	if (why)
		return ctx_reply(ctx, "%s", why);
	note = store_find(ctx, THIS_CHAT, "note");
	draft_add(*out, "%s: %s", ctx_find_chat(ctx)->title, note ? note : "nothing");
	draft_button(*out, "Again", AGAIN, (long long)ctx_find_chat(ctx)->id);
	return PASS;
}

static enum verdict read_note(struct ctx *ctx, const struct link *link)
{
	struct draft *draft;
	enum verdict verdict = say_note(ctx, RIGHT_NONE, &draft);

	(void)link;
	return verdict == PASS ? draft_reply(draft) : verdict;
}

/* The button is of the private chat, and so is the message that is deleted; the other one is of the
 * group. */
static enum verdict read_again(struct ctx *ctx, const struct button *button)
{
	struct draft *draft;
	enum verdict verdict = say_note(ctx, RIGHT_CHANGE_INFO, &draft);

	if (verdict != PASS)
		return verdict;
	ctx_delete(ctx, button->message_id);
	ctx_delete(ctx, 4711);
	ctx_unsay(ctx, "greeting");
	ctx_queuef(ctx, "pinChatMessage", "{message_id: 4711}");
	ctx_queuef(ctx, "sendDice", "{}");
	if (ctx_enter(ctx, 0, RIGHT_NONE))
		return FAIL;
	return ctx_reply(ctx, "Back in %d.", (int)ctx_find_chat(ctx)->type);
}

/* --- by the connection ------------------------------------------------------------------------ */

static enum verdict set_note(struct ctx *ctx, const struct command *cmd)
{
	if (!store_set(ctx, THIS_CHAT, "note", cmd->args))
		return FAIL;
	return ctx_reply(ctx, "Noted in %s.", cmd->chat->title);
}

static enum verdict menu(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "Page 1");
	draft_button(draft, "Next", PAGE, 2);
	draft_name(draft, 600, "menu");
	return draft_reply(draft);
}

static enum verdict turn(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);
	int page = (int)slug_integer(ctx, 0);

	if (page == 4) {
		ctx_delete(ctx, button->message_id);
		ctx_unsay(ctx, "menu");
		return DONE;
	}
	draft_add(draft, "Page %d of %s", page, button->chat->title);
	draft_button(draft, "Next", PAGE, page + 1);
	return draft_edit(draft, button);
}

static enum verdict ask(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "Which word?");
	draft_question(draft, WORD, 5);
	return draft_reply(draft);
}

static enum verdict take_word(struct ctx *ctx, const struct text_message *message)
{
	if (!store_set(ctx, THIS_CHAT, "note", message->text))
		return FAIL;
	return ctx_reply(ctx, "%lld: %s", (long long)slug_integer(ctx, 0), message->chat->title);
}

static enum verdict clean(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_reply(ctx, "Cleaned.");
}

/* --- by a rule -------------------------------------------------------------------------------- */

static enum verdict spread(struct ctx *ctx, const struct command *cmd)
{
	const struct action ban = { .kind = ACTION_BAN, .by_rule = true };
	const char *why;

	ctx_enter_by_rule(ctx, strtoll(cmd->args, NULL, 10));
	why = ctx_act(ctx, ban, target_of(ctx, 1003), ACT_NOW, "");
	return ctx_reply(ctx, "%s", why ? why : "Banned there.");
}

const struct module enter_example = {
	.name = "enter",
	.routes =
		(const struct route[]) {
			COMMAND("offer", offer, .group = true),
			LINK(NOTE, read_note),
			BUTTON(AGAIN, read_again),
			COMMAND("setnote", set_note, .admin = RIGHT_CHANGE_INFO, .group = true),
			COMMAND("menu", menu, .admin = RIGHT_ADMIN, .group = true),
			BUTTON(PAGE, turn),
			COMMAND("word", ask, .admin = RIGHT_ADMIN),
			TEXT(take_word, .step = WORD),
			COMMAND("clean", clean, .admin = RIGHT_DELETE_MESSAGES, .group = true,
				.here = true),
			COMMAND("spread", spread),
			END_OF_ROUTES,
		},
};
