/* captcha_questions.c - a group's own questions for who joins: an administrator writes them in a
 * form. The bot asks one of them, whose answer is written, or chosen when there are wrong ones. */
#include <stdlib.h>
#include <string.h>

#include "workers/modules/moderation/captcha.h"
#include "workers/modules/moderation/entries.h"

#define PREFIX "question/"
#define MOST 20
#define TEXT_BYTES_MAX 1000
#define BETWEEN "\x1e" /* of the parts of what is kept; in no text that people write */

struct question_values {
	const char *text, *right, *wrong;
};

static const struct field fields[] = {
	TEXT_FIELD(struct question_values, text, N_("question"), .question = N_("What is asked?")),
	TEXT_FIELD(struct question_values, right, N_("right answers"),
		   .question = N_("What is a right answer? Several have commas between them.")),
	TEXT_FIELD(struct question_values, wrong, N_("wrong answers"), .optional = true,
		   .question = N_("Which wrong answers are shown beside it, with commas between "
				  "them? Without any, people write the answer.")),
	END_OF_FIELDS(struct question_values),
};

/* --- what is kept ----------------------------------------------------------------------------- */

static const char *key_of(struct ctx *ctx, unsigned number)
{
	return ctx_printf(ctx, PREFIX "%02u", number);
}

/* Cuts "one, two" into words without the spaces around them; the rest of too many is left out. */
static size_t cut(char *text, const char **out)
{
	size_t count = 0;

	for (char *word; count < CAPTCHA_ANSWERS_MAX && (word = strsep(&text, ",\n"));) {
		size_t length;

		word += strspn(word, " \t");
		length = strlen(word);
		while (length && strchr(" \t", word[length - 1]))
			word[--length] = '\0';
		if (length)
			out[count++] = word;
	}
	out[count] = NULL;
	return count;
}

static bool read_question(struct ctx *ctx, const char *kept, struct captcha_question *out)
{
	char *rest = ctx_alloc(ctx, strlen(kept) + 1), *right, *wrong;

	memcpy(rest, kept, strlen(kept) + 1);
	right = strsep(&rest, BETWEEN);
	wrong = strsep(&rest, BETWEEN);
	if (!wrong || !rest)
		return false;
	out->text = rest;
	out->wrong_count = cut(wrong, out->wrong);
	return cut(right, out->right) > 0;
}

bool captcha_find_question(struct ctx *ctx, unsigned number, struct captcha_question *out)
{
	const char *kept = store_find(ctx, THIS_CHAT, key_of(ctx, number));

	return kept && read_question(ctx, kept, out);
}

unsigned captcha_choose_question(struct ctx *ctx)
{
	const char *key = NULL, *value;
	unsigned numbers[MOST], count = 0;

	while (store_each(ctx, THIS_CHAT, PREFIX, &key, &value))
		if (count < MOST)
			numbers[count++] = (unsigned)strtoul(key + strlen(PREFIX), NULL, 10);
	return count ? numbers[ctx_random(ctx, count)] : 0;
}

/* --- answers ---------------------------------------------------------------------------------- */

static void fold(struct ctx *ctx, const char *text, struct folded *out)
{
	size_t length = strlen(text);

	out->characters = ctx_alloc(ctx, (length + 1) * sizeof(*out->characters));
	out->words = ctx_alloc(ctx, (length + 1) * sizeof(*out->words));
	fold_text(ctx_state(ctx), text, length, out);
}

bool captcha_is_same(struct ctx *ctx, const char *written, const char *meant)
{
	struct folded one = { 0 }, other = { 0 };

	fold(ctx, written, &one);
	fold(ctx, meant, &other);
	if (!other.words_count) /* of signs alone */
		return strcmp(written, meant) == 0;
	if (one.words_count != other.words_count)
		return false;
	return one.characters_count == other.characters_count &&
	       memcmp(one.characters, other.characters,
		      one.characters_count * sizeof(*one.characters)) == 0;
}

/* --- administrators --------------------------------------------------------------------------- */

static unsigned find_free(struct ctx *ctx)
{
	for (unsigned number = 1; number <= MOST; number++)
		if (!store_find(ctx, THIS_CHAT, key_of(ctx, number)))
			return number;
	return 0;
}

static enum verdict keep(struct ctx *ctx, const void *given)
{
	const struct question_values *values = given;
	const char *kept = ctx_printf(ctx, "%s" BETWEEN "%s" BETWEEN "%s", values->right,
				      values->wrong, values->text);
	unsigned number = find_free(ctx);
	struct captcha_question question;

	if (ctx_has_failed(ctx))
		return FAIL;
	if (!number)
		return ctx_reply(ctx, _("A group has at most %d questions."), MOST);
	if (strlen(kept) > TEXT_BYTES_MAX || !read_question(ctx, kept, &question))
		return ctx_reply(ctx, _("That is too long, or there is no right answer in it."));
	if (!store_set(ctx, THIS_CHAT, key_of(ctx, number), kept))
		return FAIL;
	return ctx_reply(ctx, _("I will ask that. It is used while <code>captcha.kind</code> is "
				"<code>question</code>."));
}

const struct form captcha_forms[] = {
	FORM("question", fields, keep, N_("Ask this?"), .admin = RIGHT_RESTRICT_MEMBERS),
	{ .name = NULL },
};

enum verdict captcha_add_question(struct ctx *ctx, const struct button *button)
{
	(void)button;
	return ctx_ask_form(ctx, "question");
}

static void add_list(struct ctx *ctx, struct draft *draft)
{
	const char *key = NULL, *value;
	struct captcha_question question;
	bool any = false;

	draft_add(draft, "<b>%s</b>\n", _("Questions for who joins"));
	while (store_each(ctx, THIS_CHAT, PREFIX, &key, &value)) {
		unsigned number = (unsigned)strtoul(key + strlen(PREFIX), NULL, 10);

		if (!read_question(ctx, value, &question))
			continue;
		any = true;
		draft_add(draft, "\n<b>%u.</b> %s\n<tg-spoiler>%s", number, question.text,
			  question.right[0]);
		for (size_t i = 1; question.right[i]; i++)
			draft_add(draft, ", %s", question.right[i]);
		draft_add(draft, "</tg-spoiler>");
		draft_button(draft, ctx_printf(ctx, "🗑 %u", number), "captcharemove:%d",
			     (int)number);
	}
	if (!any)
		draft_add(draft, "\n%s", _("There are none yet."));
	draft_row(draft);
	draft_button(draft, _("Add a question"), "captchaadd");
}

enum verdict captcha_list_questions(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	add_list(ctx, draft);
	return draft_reply(draft);
}

enum verdict captcha_remove_question(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	if (!store_set(ctx, THIS_CHAT, key_of(ctx, (unsigned)slug_integer(ctx, 0)), NULL))
		return FAIL;
	add_list(ctx, draft);
	return draft_edit(draft, button);
}
