/* examples_basic.c - buttons, arguments, events, a store, questions, work that is put off. */
#include "workers/module.h"

#include <string.h>

/* --- pager: buttons --------------------------------------------------------------------------- */

#define PAGE "page:%d:%.12s"
#define CLOSE "close"

static void write_page(struct ctx *ctx, struct draft *draft, int page, const char *topic)
{
	draft_add(draft, "<b>%s</b>, page %d", topic, page);
	if (page > 1)
		draft_button(draft, "Back", PAGE, page - 1, topic);
	draft_button(draft, "Next", PAGE, page + 1, topic);
	draft_row(draft);
	draft_button(draft, "Close", CLOSE);
	draft_link(draft, "Book", "https://example.org/book");
	(void)ctx;
}

static enum verdict pages(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	write_page(ctx, draft, 1, cmd->args);
	return draft_reply(draft);
}

static enum verdict turn(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	if (slug_integer(ctx, 0) > 2)
		return ctx_alert(ctx, "That was the last page.");
	write_page(ctx, draft, (int)slug_integer(ctx, 0), slug_text(ctx, 1));
	return draft_edit(draft, button);
}

static enum verdict close_pages(struct ctx *ctx, const struct button *button)
{
	return ctx_toast(ctx, "Closed by %s.", button->from->first_name);
}

static const struct route pager_routes[] = {
	COMMAND("pages", pages),
	BUTTON(PAGE, turn),
	BUTTON(CLOSE, close_pages, .asker = true),
	END_OF_ROUTES,
};

const struct module pager_example = { .name = "pager", .routes = pager_routes };

/* --- teller: arguments of every type ---------------------------------------------------------- */

static const char *const colours[] = { "red", "green", NULL };

struct teller_values {
	const struct user *who;
	int64_t number, wait_s;
	bool loud;
	const char *colour, *word, *text;
};

static const struct field all_arguments[] = {
	USER_FIELD(struct teller_values, who, "who"),
	INTEGER_FIELD(struct teller_values, number, "number", .minimum = 1, .maximum = 9),
	DURATION_FIELD(struct teller_values, wait_s, "wait", .optional = true),
	BOOLEAN_FIELD(struct teller_values, loud, "loud", .optional = true),
	CHOICE_FIELD(struct teller_values, colour, "colour", .choices = colours, .optional = true),
	WORD_FIELD(struct teller_values, word, "word", .optional = true),
	TEXT_FIELD(struct teller_values, text, "text", .optional = true),
	END_OF_FIELDS(struct teller_values),
};

static enum verdict tell(struct ctx *ctx, const struct command *cmd)
{
	const struct teller_values *values = cmd->values;

	return ctx_reply(
		ctx, "%lld (%s) %lld, %lld s, %s, “%s”, “%s”, “%s”", (long long)values->who->id,
		values->who->first_name, (long long)values->number, (long long)values->wait_s,
		values->loud ? "loud" : "quiet", values->colour, values->word, values->text);
}

struct warn_values {
	const struct user *who;
	const char *why;
};

static const struct field warn_arguments[] = {
	USER_FIELD(struct warn_values, who, "who"),
	TEXT_FIELD(struct warn_values, why, "why", .optional = true),
	END_OF_FIELDS(struct warn_values),
};

static enum verdict warn(struct ctx *ctx, const struct command *cmd)
{
	const struct warn_values *values = cmd->values;

	return ctx_reply(ctx, "%lld (%s @%s) is warned: “%s”", (long long)values->who->id,
			 values->who->first_name, values->who->username, values->why);
}

struct mute_values {
	const struct user *who;
	int64_t wait_s;
};

static const struct field mute_arguments[] = {
	USER_FIELD(struct mute_values, who, "who"),
	DURATION_FIELD(struct mute_values, wait_s, "how long", .optional = true),
	END_OF_FIELDS(struct mute_values),
};

static enum verdict mute(struct ctx *ctx, const struct command *cmd)
{
	const struct mute_values *values = cmd->values;

	return ctx_queuef(ctx, "banChatMember", "{user_id: %lld}", (long long)values->who->id);
}

static enum verdict pin(struct ctx *ctx, const struct command *cmd)
{
	return ctx_reply(ctx, "Pinned by %s.", cmd->from->first_name);
}

static const struct route teller_routes[] = {
	COMMAND("tell", tell, .arguments = all_arguments),
	COMMAND("warn", warn, .arguments = warn_arguments, .group = true),
	COMMAND("mute", mute, .arguments = mute_arguments, .group = true,
		.admin = RIGHT_RESTRICT_MEMBERS),
	COMMAND("promote", mute, .arguments = mute_arguments, .admin = RIGHT_PROMOTE_MEMBERS),
	COMMAND("pin", pin, .group = true, .admin = RIGHT_PIN_MESSAGES, .bot = RIGHT_PIN_MESSAGES),
	COMMAND("diary", tell, .arguments = all_arguments, .private = true),
	END_OF_ROUTES,
};

const struct module teller_example = { .name = "teller", .routes = teller_routes };

/* --- watcher: what is no command -------------------------------------------------------------- */

static enum verdict count_members(struct ctx *ctx, const struct command *cmd)
{
	const struct answer *answer = ctx_callf(ctx, "getChat", "{chat_id: %lld}",
						(long long)cmd->chat->id);

	if (!answer_ok(answer))
		return ctx_fail(ctx, "getChat: %s", answer_error(answer));
	return ctx_reply(ctx, "%s has %lld boosts, %zu reactions, the first is %s",
			 answer_text(answer, "title"), (long long)answer_integer(answer, "boosts"),
			 answer_count(answer, "available_reactions"),
			 answer_text(answer, "available_reactions.0.emoji"));
}

static enum verdict say_then_fail(struct ctx *ctx, const struct command *cmd)
{
	ctx_reply(ctx, "nobody sees this, %s", cmd->from->first_name);
	return ctx_fail(ctx, "half way");
}

static enum verdict notice_edit(struct ctx *ctx, const struct message *message)
{
	if (message->media)
		return ctx_reply(ctx, "You changed it to a %s.", message->media->kind);
	return ctx_reply(ctx, "You changed it to “%s”.", message->text);
}

static enum verdict notice_member(struct ctx *ctx, const struct member_change *change)
{
	if (change->after == MEMBER_OUTSIDE)
		return PASS;
	return ctx_reply(ctx, "Welcome, <b>%s</b>!", change->member->first_name);
}

static enum verdict echo(struct ctx *ctx, const struct text_message *message)
{
	return message->text[0] == '!' ? ctx_reply(ctx, "%s", message->text + 1) : PASS;
}

static enum verdict notice_silence(struct ctx *ctx, const struct any_update *update)
{
	return update->kind == KIND_CHAT_MEMBER ? ctx_reply(ctx, "Somebody left.") : PASS;
}

static const struct route watcher_routes[] = {
	COMMAND("boosts", count_members),
	COMMAND("half", say_then_fail),
	EDITED(notice_edit),
	MEMBER(notice_member),
	TEXT(echo),
	ANY(notice_silence),
	END_OF_ROUTES,
};

const struct module watcher_example = { .name = "watcher", .routes = watcher_routes };

/* --- note: the example of the house style ----------------------------------------------------- */

static enum verdict save(struct ctx *ctx, const char *text)
{
	if (!store_set(ctx, THIS_CHAT, "note", text))
		return FAIL;
	return ctx_reply(ctx, "I will remember that.");
}

static enum verdict show_or_save(struct ctx *ctx, const struct command *cmd)
{
	const char *note = store_find(ctx, THIS_CHAT, "note");

	if (cmd->args[0] != '\0')
		return save(ctx, cmd->args);
	if (!note)
		return ctx_ask(ctx, "note", _("Nothing here yet. What should I remember?"));
	return ctx_reply(ctx, "%s", note);
}

static enum verdict save_answer(struct ctx *ctx, const struct text_message *message)
{
	return save(ctx, message->text);
}

const struct module note_example = {
	.name = "note",
	.routes = (const struct route[]) { COMMAND("note", show_or_save,
						   .help = N_("show or replace this chat's note")),
					   TEXT(save_answer, .step = "note"), END_OF_ROUTES },
};

/* --- quiz: questions -------------------------------------------------------------------------- */

static enum verdict ask_name(struct ctx *ctx, const struct command *cmd)
{
	return ctx_ask(ctx, "name", "%s, what is your <b>name</b>?", cmd->from->first_name);
}

static enum verdict take_name(struct ctx *ctx, const struct text_message *message)
{
	if (message->text[0] == '?')
		return ctx_ask(ctx, "name", "Please.");
	return ctx_reply(ctx, "Hello, %s!", message->text);
}

static enum verdict ask_nobody(struct ctx *ctx, const struct command *cmd)
{
	return ctx_ask(ctx, cmd->args, "Who?");
}

static enum verdict stop_asking(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_cancel_questions(ctx) ? DONE : ctx_reply(ctx, "Not now.");
}

static const struct route quiz_routes[] = {
	COMMAND("name", ask_name),
	COMMAND("misname", ask_nobody),
	COMMAND("stop", stop_asking),
	TEXT(take_name, .step = "name"),
	END_OF_ROUTES,
};

const struct module quiz_example = { .name = "quiz", .routes = quiz_routes };

/* --- reminder: work that is put off ----------------------------------------------------------- */

#define REMIND "remind:%.1000s"

struct remind_values {
	int64_t after_s;
	const char *text;
};

static const struct field remind_arguments[] = {
	DURATION_FIELD(struct remind_values, after_s, "when"),
	TEXT_FIELD(struct remind_values, text, "text"),
	END_OF_FIELDS(struct remind_values),
};

static enum verdict put_off(struct ctx *ctx, const struct command *cmd)
{
	const struct remind_values *values = cmd->values;

	if (strlen(values->text) > 1000)
		return ctx_reply(ctx, "That is too much to remember.");
	ctx_reply(ctx, "I will.");
	return ctx_laterf(ctx, values->after_s, REMIND, values->text);
}

/* What begins with "!" comes once more. */
static enum verdict remind(struct ctx *ctx, const struct work *work)
{
	const char *text = slug_text(ctx, 0);

	ctx_reply(ctx, "%s: %s", work->from ? work->from->first_name : "nobody", text);
	return text[0] == '!' ? ctx_laterf(ctx, 60, REMIND, text + 1) : DONE;
}

static enum verdict put_off_wrongly(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_laterf(ctx, 1, "nobody");
}

static const struct route reminder_routes[] = {
	COMMAND("remind", put_off, .arguments = remind_arguments),
	COMMAND("misremind", put_off_wrongly),
	WORK(REMIND, remind),
	END_OF_ROUTES,
};

const struct module reminder_example = { .name = "reminder", .routes = reminder_routes };
