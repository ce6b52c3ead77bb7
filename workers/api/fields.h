/* fields.h - values as data: rows that tell how a struct is filled, for the arguments of commands,
 * the options of chats and the questions of forms. */
#ifndef WORKERS_API_FIELDS_H
#define WORKERS_API_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/api/acts.h"
#include "workers/api/rights.h"
#include "workers/api/verdict.h"

/* See `.changed` in options.h. */
typedef enum verdict option_changed_fn(struct ctx *ctx);

/* A field is a row that tells how a member of a struct is filled. A table of them is used for
 *
 * - the arguments of a command, in order (`.arguments` of COMMAND()). If one is missing or wrong
 *   the host tells the person what was expected and how the command is used; the handler does not
 *   run;
 * - the options of a chat (`.options` of a module, options.h);
 * - what a form asks for (`.forms` of a module, forms.h).
 *
 *     struct remind_values {
 *             int64_t after_s;
 *             const char *text;
 *     };
 *
 *     static const struct field remind_arguments[] = {
 *             DURATION_FIELD(struct remind_values, after_s, N_("when")),
 *             TEXT_FIELD(struct remind_values, text, N_("text"), .optional = true),
 *             END_OF_FIELDS(struct remind_values),
 *     };
 *
 * A word that does not fit an optional argument is tried with the next; one that fits none is an
 * error. What was left out is its preset, else 0, false, "", no words, TIME_NONE or, for a person,
 * NULL. */
enum field_type {
	FIELD_END,
	FIELD_WORD,
	FIELD_TEXT,
	FIELD_INTEGER,
	FIELD_BOOLEAN,
	FIELD_DURATION,
	FIELD_CHOICE,
	FIELD_ACTION,
	FIELD_WORDS,
	FIELD_CHAT,
	FIELD_TIME,
	FIELD_KEPT,
	FIELD_USER,
	FIELD_TARGET,
	FIELD_TARGETS,
};

struct field {
	enum field_type type;
	size_t offset;      /* of its member; FIELD_END: the size of the struct */
	const char *member; /* the member's name */
	const char *name;   /* what it is, in a few words, marked with N_() */
	bool optional;
	/* As people write it: "10m", "on", "mute 2h". Of TEXT and KEPT marked with N_(). */
	const char *preset;
	/* "off" fits as well, and is 0, TIME_NONE or "": INTEGER, DURATION, CHAT, TIME, WORD,
	 * TEXT, WORDS and KEPT. */
	bool may_be_off;
	int64_t minimum, maximum;   /* of INTEGER and DURATION; no limits when equal */
	const char *const *choices; /* CHOICE: ends with NULL; case does not matter */
	const char *const *labels;  /* of the choices, marked with N_(); NULL: they are words */
	const char *program; /* CHOICE: what the last one needs, one of a module's .programs */
	unsigned actions;    /* ACTION: bits of enum action_kind; 0: all of them */
	bool shown;          /* USER: see USER_FIELD() */
	/* Options only: options.h */
	enum right admin;
	bool private, own;
	option_changed_fn *changed;
	/* Forms only: what is asked, marked with N_(); default: the name. */
	const char *question;
};

/* A struct member of another type does not compile. */
#define FIELD(c_type, struct_, member_, name_, ...)                                     \
	{                                                                               \
		.offset = offsetof(struct_, member_) +                                  \
			  0 * sizeof(_Generic(&((struct_ *)0)->member_, c_type * : 0)), \
		.member = #member_, .name = name_, __VA_ARGS__                          \
	}
/* const char *: a word is up to the next white space, a text is all the rest. */
#define WORD_FIELD(s, member, ...) FIELD(const char *, s, member, __VA_ARGS__, .type = FIELD_WORD)
#define TEXT_FIELD(s, member, ...) FIELD(const char *, s, member, __VA_ARGS__, .type = FIELD_TEXT)
/* int64_t; seconds of 90s, 10m, 2h, 3d or 1w. */
#define INTEGER_FIELD(s, member, ...) FIELD(int64_t, s, member, __VA_ARGS__, .type = FIELD_INTEGER)
#define DURATION_FIELD(s, member, ...) \
	FIELD(int64_t, s, member, __VA_ARGS__, .type = FIELD_DURATION)
/* bool: yes, on, true, 1 and no, off, false, 0, in each language of the bot. */
#define BOOLEAN_FIELD(s, member, ...) FIELD(bool, s, member, __VA_ARGS__, .type = FIELD_BOOLEAN)
/* const char *: one of .choices, in the spelling given there. */
#define CHOICE_FIELD(s, member, ...) \
	FIELD(const char *, s, member, __VA_ARGS__, .type = FIELD_CHOICE)
/* struct action: "delete", "mute 2h", "ban", "mute 1d delete", "none"; also in the languages of the
 * bot. */
#define ACTION_FIELD(s, member, ...) \
	FIELD(struct action, s, member, __VA_ARGS__, .type = FIELD_ACTION)
/* const char *const *: ends with NULL; all the rest, each word once. At most FIELD_WORDS_MAX words,
 * or
 * `.maximum`, of up to FIELD_WORDS_BYTES_MAX bytes together. */
#define WORDS_FIELD(s, member, ...) \
	FIELD(const char *const *, s, member, __VA_ARGS__, .type = FIELD_WORDS)
#define FIELD_WORDS_MAX 200
#define FIELD_WORDS_BYTES_MAX 2048
/* int64_t: the id of a group or channel, -100…; never of a person. */
#define CHAT_FIELD(s, member, ...) FIELD(int64_t, s, member, __VA_ARGS__, .type = FIELD_CHAT)
/* int64_t: minutes since midnight of 22:30, 22h30 or 10:30pm. */
#define TIME_FIELD(s, member, ...) FIELD(int64_t, s, member, __VA_ARGS__, .type = FIELD_TIME)
#define TIME_NONE (-1)
/* The word for an action, marked with N_(). */
const char *action_word(enum action_kind kind);
bool action_lasts(enum action_kind kind); /* it has a duration */
/* const struct user *: an id of five digits or more, an @name or a mention; else who is replied to,
 * else a shorter id. Of an id only that is known, and of an @name no more when whoever asks may not
 * see what is recorded (PRIVACY.md). With .shown the person is shown and nothing else: then they
 * may also be a stand-in, and an @name that may not be seen is as unknown as one that nobody has.
 */
#define USER_FIELD(s, member, ...) \
	FIELD(const struct user *, s, member, __VA_ARGS__, .type = FIELD_USER)
/* struct target: the same, and what was written in the name of a channel or of the group is the
 * chat's; the id of a chat, -100…, is one, too. */
#define TARGET_FIELD(s, member, ...) \
	FIELD(struct target, s, member, __VA_ARGS__, .type = FIELD_TARGET)
/* struct targets: one, or several with commas between them: "@spammer, 12345678, @other". Nobody is
 * there twice. */
#define TARGETS_FIELD(s, member, ...) \
	FIELD(struct targets, s, member, __VA_ARGS__, .type = FIELD_TARGETS)
#define TARGETS_MAX 20
/* const char *: all the rest of the message, with its formatting and its file, or else the message
 * that it replies to, as message_keep() makes it. What cannot be kept is refused. */
#define KEPT_FIELD(s, member, ...) FIELD(const char *, s, member, __VA_ARGS__, .type = FIELD_KEPT)
/* clang-format off */
#define END_OF_FIELDS(s) { .type = FIELD_END, .offset = sizeof(s) }
/* clang-format on */

struct draft;
struct ctx;

/* Whether a choice is there: the program that the last one needs, if any, is installed. */
bool ctx_offers_choice(const struct ctx *ctx, const struct field *field, size_t choice);
/* Adds a space and what fits a field, as a sentence; nothing to a field that takes any text. */
void draft_expected(struct draft *draft, const struct field *field);

#endif
