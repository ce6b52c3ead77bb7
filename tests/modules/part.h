/* part.h - a subject of conversations: its lines, what people do in it, and how the bot's calls of
 * it are shown and answered. A part is one file, part_NOUN.c, and a row in part.c.
 *
 *     operators: olga, otto                          a struct line
 *     alice in "Friends" topic 7 to bob: /warn       words of a person's line: struct word
 *     bot: Bob is warned.                            sendMessage, as a struct printed shows it
 *
 * The format as a whole: workers/modules/README.md. */
#ifndef TESTS_MODULES_PART_H
#define TESTS_MODULES_PART_H

#include <stdbool.h>

#include <jansson.h>

#include "common/kind.h"
#include "common/why.h"
#include "workers/wire/call.h"

struct conversation; /* conversation.h */
struct line_action;  /* world.h */
struct print;        /* transcript.h */

/* A line that begins with `start`; `rest` is what follows it, with more lines ("  | …") after a
 * newline. */
struct line {
	const char *start;
	bool (*play)(struct conversation *conversation, const char *rest, struct why *why);
};

/* A word of a person's line, or several ("sends photo"). Those without `update` say more about what
 * is done. At most one of a line has it: it is what is done, and without any the person writes a
 * message. */
struct word {
	const char *word;
	/* Takes what follows the word off the line, up to the next word or the colon; NULL: nothing
	 * follows. */
	bool (*take)(struct conversation *conversation, const char **at, struct line_action *action,
		     struct why *why);
	enum update_kind kind;
	/* What Telegram would send in the field of this kind, owned by the caller; the runner adds
	 * action->fields to it. NULL and a reason when it cannot be done here. */
	json_t *(*update)(struct conversation *conversation, const struct line_action *action,
			  struct why *why);
};

/* Shows a call of this method; without a row it is `bot calls METHOD {…}`. */
struct printed {
	const char *method;
	void (*print)(struct print *print);
};

/* What Telegram answers to a call whose result is awaited, when the conversation does not say: by
 * telegram_result(). Without a row it answers what the method's type allows: telegram.c. */
struct answered {
	const char *method;
	void (*answer)(struct conversation *conversation, const struct call *call,
		       const json_t *body, struct arena *arena, struct call_result *out);
};

/* Each table ends with a zeroed row; NULL: none. */
struct part {
	const struct line *lines;
	const struct word *words;
	const struct printed *printed;
	const struct answered *answered;
};

/* NULL when no part has one. The longest that fits is taken. */
const struct line *part_find_line(const char *line);
const struct word *part_find_word(const char *at);
const struct printed *part_find_printed(struct text method);
const struct answered *part_find_answered(struct text method);

#endif
