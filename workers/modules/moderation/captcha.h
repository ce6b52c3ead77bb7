/* captcha.h - what captcha.c (who waits), captcha_ask.c (what they are asked) and
 * captcha_questions.c (a group's own questions) share. */
#ifndef WORKERS_MODULES_MODERATION_CAPTCHA_H
#define WORKERS_MODULES_MODERATION_CAPTCHA_H

#include "workers/module.h"

/* In the order of the option's choices. */
enum captcha_kind {
	CAPTCHA_BUTTON,
	CAPTCHA_SUM,
	CAPTCHA_QUESTION,
	CAPTCHA_RULES,
	CAPTCHA_PICTURE,
};

struct captcha_options {
	bool on, requests;
	const char *kind;
	int64_t seconds, tries;
	struct action failure;
	bool trial;
};

enum captcha_kind captcha_chosen_kind(const struct captcha_options *chosen);

/* Somebody who waits, as a fact has it. What is right is made of `nonce` by ctx_secret(): people
 * can read what facts, buttons and questions carry. */
struct captcha {
	int64_t person, until_s;
	bool asks_to_join; /* is not in the group yet */
	bool asked;        /* `kind` and `nonce` are those of a question */
	enum captcha_kind kind;
	unsigned wrong; /* answers so far */
	uint32_t nonce; /* its lowest 8 bits: the number of an own question */
};

/* Of the chat in hand. False: they wait for nothing here. */
bool captcha_find(struct ctx *ctx, int64_t person, struct captcha *out);
/* The same of a group, from the private chat, which then is the chat in hand. */
bool captcha_enter(struct ctx *ctx, int64_t chat_id, int64_t person, struct captcha *out);
/* False after a failure. */
bool captcha_note(struct ctx *ctx, const struct captcha *captcha);
/* Who has answered may write, or is let into the group; who has not is treated as the group chose.
 * Both end the waiting. `*out` is what to tell them. */
enum verdict captcha_pass(struct ctx *ctx, const struct captcha *captcha, const char **out);
enum verdict captcha_fail(struct ctx *ctx, const struct captcha *captcha, const char *reason);

/* Asks in a private chat, `to` (0: where they wrote), with a first sentence (NULL: none). */
enum verdict captcha_ask(struct ctx *ctx, struct captcha *captcha, enum captcha_kind kind,
			 int64_t to, const char *first);
button_fn captcha_press;
button_fn captcha_ask_otherwise;
text_message_fn captcha_take_text;

/* --- own questions ---------------------------------------------------------------------------- */

#define CAPTCHA_ANSWERS_MAX 8

struct captcha_question {
	const char *text;
	const char *right[CAPTCHA_ANSWERS_MAX + 1]; /* end with NULL */
	const char *wrong[CAPTCHA_ANSWERS_MAX + 1]; /* none: the answer is written */
	size_t wrong_count;
};

/* The number of one of the group's questions; 0: it has none. */
unsigned captcha_choose_question(struct ctx *ctx);
bool captcha_find_question(struct ctx *ctx, unsigned number, struct captcha_question *out);
/* Whether somebody wrote this, whatever case, accents and spaces they took. */
bool captcha_is_same(struct ctx *ctx, const char *written, const char *meant);

command_fn captcha_list_questions;
button_fn captcha_add_question;
button_fn captcha_remove_question;
extern const struct form captcha_forms[];

#endif
