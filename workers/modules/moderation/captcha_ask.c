/* captcha_ask.c - what who waits is asked in the private chat: a sum, one of the group's questions,
 * its rules, or what is written in a picture. Each has its own room for messages there, so that
 * nothing of it counts in the group. */
#include <string.h>

#include "workers/modules/moderation/captcha.h"
#include "workers/modules/moderation/rules.h"
#include "workers/modules/moderation/words.h"

#define CHOICES 4
#define PICTURES_MAX 10 /* of one person in PICTURES_S */
#define PICTURES_S 600
#define CHARACTERS 5

/* --- what is right ---------------------------------------------------------------------------- */

static uint32_t secret_of(const struct ctx *ctx, const struct captcha *captcha)
{
	return (uint32_t)ctx_secret(ctx, captcha->person, captcha->nonce);
}

static unsigned part_of(const struct ctx *ctx, const struct captcha *captcha, unsigned shift,
			unsigned below)
{
	return (secret_of(ctx, captcha) >> shift) % below;
}

/* Of a sum. */
static long long first_of(const struct ctx *ctx, const struct captcha *captcha)
{
	return 2 + part_of(ctx, captcha, 8, 8);
}

static long long second_of(const struct ctx *ctx, const struct captcha *captcha)
{
	return 2 + part_of(ctx, captcha, 11, 8);
}

/* The place of the right button among `count`. */
static int place_of(const struct ctx *ctx, const struct captcha *captcha, unsigned count)
{
	return (int)part_of(ctx, captcha, 16, count);
}

/* Letters and digits that look like no other. */
static const char *characters_of(struct ctx *ctx, uint32_t secret)
{
	static const char all[] = "ACDEFHJKLMNPRTUVWXY3479";
	char *text = ctx_alloc(ctx, CHARACTERS + 1);

	for (size_t i = 0; i < CHARACTERS; i++, secret /= sizeof(all) - 1)
		text[i] = all[secret % (sizeof(all) - 1)];
	return text;
}

/* --- what is asked ---------------------------------------------------------------------------- */

/* Which question it is, for its answers: of two that were asked in turn only the last one counts.
 */
static int mark_of(const struct captcha *captcha)
{
	return (int)(captcha->nonce >> 1);
}

static void add_answer(struct ctx *ctx, struct draft *draft, const struct captcha *captcha,
		       const char *label, int index)
{
	draft_button(draft, label, "captchais:%lld:%d:%d", (long long)ctx_find_chat(ctx)->id,
		     mark_of(captcha), index);
}

static void add_sum(struct ctx *ctx, struct draft *draft, const struct captcha *captcha)
{
	long long one = first_of(ctx, captcha), other = second_of(ctx, captcha);
	int right = place_of(ctx, captcha, CHOICES), step = 1 + (int)part_of(ctx, captcha, 24, 2);

	draft_add(draft, _("How much is %lld + %lld?"), one, other);
	for (int i = 0; i < CHOICES; i++)
		add_answer(ctx, draft, captcha,
			   ctx_printf(ctx, "%lld", one + other + (i - right) * step), i);
}

static void add_written(struct ctx *ctx, struct draft *draft, const struct captcha *captcha)
{
	draft_question(draft, "captchatext:%lld:%d", (long long)ctx_find_chat(ctx)->id,
		       mark_of(captcha));
}

static unsigned number_of(const struct captcha *captcha)
{
	return captcha->nonce & 0xff;
}

static void add_question(struct ctx *ctx, struct draft *draft, const struct captcha *captcha)
{
	struct captcha_question question = { .text = "" };
	int right;

	captcha_find_question(ctx, number_of(captcha), &question);
	draft_add(draft, "%s", question.text);
	right = place_of(ctx, captcha, (unsigned)question.wrong_count + 1);
	for (int i = 0, wrong = 0; question.wrong_count && i <= (int)question.wrong_count; i++) {
		add_answer(ctx, draft, captcha,
			   i == right ? question.right[0] : question.wrong[wrong++], i);
		draft_row(draft);
	}
	if (!question.wrong_count)
		add_written(ctx, draft, captcha);
}

static void add_rules(struct ctx *ctx, struct draft *draft, const struct captcha *captcha)
{
	draft_kept(draft, rules_of_group(ctx), ctx_find_user(ctx));
	add_answer(ctx, draft, captcha, _("I have read the rules and keep to them"), 0);
}

static void add_other_ways(struct ctx *ctx, struct draft *draft)
{
	long long chat_id = ctx_find_chat(ctx)->id;

	draft_button(draft, _("Another picture"), "captchaother:%lld:%d", chat_id, 1);
	draft_row(draft);
	draft_button(draft, _("I cannot see it"), "captchaother:%lld:%d", chat_id, 0);
}

/* NULL: there is none, whatever the reason. */
static const struct file *draw(struct ctx *ctx, uint32_t secret)
{
	struct file *sheet = file_made(ctx, "sheet");
	const struct file *picture;

	sheet_text(sheet, "text", characters_of(ctx, secret));
	sheet_text(sheet, "seed", ctx_printf(ctx, "%lld", (long long)ctx_random(ctx, 1 << 30)));
	picture = ctx_run(ctx, &(struct program) { .input = sheet, .megabytes = PICTURE_MEGABYTES },
			  "korone-picture captcha {input} {output}.png");
	return file_error(picture)[0] ? NULL : picture;
}

static void add_picture(struct ctx *ctx, struct draft *draft, const struct captcha *captcha,
			const struct file *picture)
{
	draft_add(draft, "%s", _("What is written in the picture? Capitals do not matter."));
	draft_media(draft, "photo", NULL, picture);
	add_other_ways(ctx, draft);
	add_written(ctx, draft, captcha);
}

/* What cannot be asked here becomes a sum, and so does one picture too many: each is work. */
static void choose(struct ctx *ctx, struct captcha *captcha, enum captcha_kind kind,
		   const struct file **picture)
{
	captcha->nonce = (uint32_t)ctx_random(ctx, INT64_C(1) << 32);
	captcha->kind = kind;
	captcha->asked = true;
	if (kind == CAPTCHA_QUESTION)
		captcha->nonce = (captcha->nonce & ~UINT32_C(0xff)) |
				 (captcha_choose_question(ctx) & 0xff);
	if (kind == CAPTCHA_PICTURE && ctx_has_program(ctx, "korone-picture") &&
	    ctx_count_recent(ctx, THIS_MEMBER, "pictures", PICTURES_S) <= PICTURES_MAX)
		*picture = draw(ctx, secret_of(ctx, captcha));
	if ((kind == CAPTCHA_QUESTION && !number_of(captcha)) ||
	    (kind == CAPTCHA_RULES && !rules_of_group(ctx)[0]) ||
	    (kind == CAPTCHA_PICTURE && !*picture))
		captcha->kind = CAPTCHA_SUM;
}

static void add_asked(struct ctx *ctx, struct draft *draft, const struct captcha *captcha,
		      const struct file *picture)
{
	switch (captcha->kind) {
	case CAPTCHA_BUTTON:
		draft_add(draft, "%s", _("Show that you are a person."));
		add_answer(ctx, draft, captcha, _("I am a person"), 0);
		break;
	case CAPTCHA_SUM:
		add_sum(ctx, draft, captcha);
		break;
	case CAPTCHA_QUESTION:
		add_question(ctx, draft, captcha);
		break;
	case CAPTCHA_RULES:
		add_rules(ctx, draft, captcha);
		break;
	case CAPTCHA_PICTURE:
		add_picture(ctx, draft, captcha, picture);
		break;
	}
}

enum verdict captcha_ask(struct ctx *ctx, struct captcha *captcha, enum captcha_kind kind,
			 int64_t to, const char *first)
{
	const struct file *picture = NULL;
	struct draft *draft = ctx_draft(ctx);

	choose(ctx, captcha, kind, &picture);
	if (!captcha_note(ctx, captcha))
		return FAIL;
	if (to)
		draft_to(draft, to, 0);
	if (first)
		draft_add(draft, "%s\n\n", first);
	add_asked(ctx, draft, captcha, picture);
	return draft_reply(draft);
}

/* --- answers ---------------------------------------------------------------------------------- */

/* A question that was removed in between is nobody's fault. */
static enum verdict ask_again(struct ctx *ctx, struct captcha *captcha)
{
	const struct captcha_options *chosen = ctx_options(ctx);
	struct captcha_question question;

	if (captcha->kind != CAPTCHA_QUESTION ||
	    captcha_find_question(ctx, number_of(captcha), &question))
		captcha->wrong++;
	if (captcha->wrong >= chosen->tries)
		return captcha_fail(ctx, captcha, _("a wrong answer to the captcha"));
	return captcha_ask(ctx, captcha, captcha->kind, 0, NULL);
}

static bool is_right_button(struct ctx *ctx, const struct captcha *captcha, int index)
{
	struct captcha_question question = { .wrong_count = 0 };

	switch (captcha->kind) {
	case CAPTCHA_BUTTON:
	case CAPTCHA_RULES:
		return true;
	case CAPTCHA_SUM:
		return index == place_of(ctx, captcha, CHOICES);
	case CAPTCHA_QUESTION:
		captcha_find_question(ctx, number_of(captcha), &question);
		return question.wrong_count &&
		       index == place_of(ctx, captcha, (unsigned)question.wrong_count + 1);
	case CAPTCHA_PICTURE:
		break;
	}
	return false;
}

/* An answer to the question before, or to none. */
static bool is_over(struct ctx *ctx, const struct captcha *captcha)
{
	return !captcha->asked || slug_integer(ctx, 1) != mark_of(captcha);
}

enum verdict captcha_press(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);
	struct captcha captcha;
	const char *said = _("That was wrong.");
	bool right;

	if (!captcha_enter(ctx, slug_integer(ctx, 0), button->from->id, &captcha)) {
		draft_add(draft, "%s", _("I wait for no answer any more."));
		return draft_edit(draft, button);
	}
	if (is_over(ctx, &captcha))
		return ctx_toast(ctx, _("There is a newer question."));
	right = is_right_button(ctx, &captcha, (int)slug_integer(ctx, 2));
	if (right && captcha_pass(ctx, &captcha, &said) == FAIL)
		return FAIL;
	draft_add(draft, "%s", said);
	if (draft_edit(draft, button) != DONE)
		return FAIL;
	return right ? DONE : ask_again(ctx, &captcha);
}

static bool is_right_text(struct ctx *ctx, const struct captcha *captcha, const char *text)
{
	struct captcha_question question = { .wrong_count = 0 };

	if (captcha->kind == CAPTCHA_PICTURE)
		return captcha_is_same(ctx, text, characters_of(ctx, secret_of(ctx, captcha)));
	if (captcha->kind == CAPTCHA_QUESTION &&
	    captcha_find_question(ctx, number_of(captcha), &question))
		for (size_t i = 0; question.right[i]; i++)
			if (captcha_is_same(ctx, text, question.right[i]))
				return true;
	return false;
}

enum verdict captcha_take_text(struct ctx *ctx, const struct text_message *message)
{
	struct captcha captcha;
	const char *said = _("That was wrong.");
	bool right;

	if (!captcha_enter(ctx, slug_integer(ctx, 0), message->from->id, &captcha) ||
	    is_over(ctx, &captcha))
		return ctx_reply(ctx, _("I wait for no answer any more."));
	right = is_right_text(ctx, &captcha, message->text);
	if (right && captcha_pass(ctx, &captcha, &said) == FAIL)
		return FAIL;
	if (ctx_reply(ctx, "%s", said) != DONE)
		return FAIL;
	return right ? DONE : ask_again(ctx, &captcha);
}

/* Another picture, or none. */
enum verdict captcha_ask_otherwise(struct ctx *ctx, const struct button *button)
{
	enum captcha_kind kind = slug_integer(ctx, 1) ? CAPTCHA_PICTURE : CAPTCHA_QUESTION;
	struct captcha captcha;

	if (!captcha_enter(ctx, slug_integer(ctx, 0), button->from->id, &captcha))
		return ctx_toast(ctx, _("I wait for no answer any more."));
	ctx_queuef(ctx, "deleteMessage", "{chat_id: %lld, message_id: %lld}",
		   (long long)button->chat->id, (long long)button->message_id);
	return captcha_ask(ctx, &captcha, kind, 0, NULL);
}
