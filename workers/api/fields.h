/* fields.h - the rows that describe values: arguments of commands. */
#ifndef WORKERS_API_FIELDS_H
#define WORKERS_API_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The arguments of a command, in order. If one is missing or wrong the host tells the person what
 * was expected and how the command is used; the handler does not run.
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
 * error. An optional argument that was left out is 0, false, "" or, for a person, NULL. */
enum field_type {
	FIELD_END,
	FIELD_WORD,
	FIELD_TEXT,
	FIELD_INTEGER,
	FIELD_BOOLEAN,
	FIELD_DURATION,
	FIELD_CHOICE,
	FIELD_USER,
	FIELD_TARGET,
	FIELD_KEPT,
};

struct field {
	enum field_type type;
	size_t offset;    /* of its member; FIELD_END: the size of the struct */
	const char *name; /* one or two words, marked with N_() */
	bool optional;
	int64_t minimum, maximum;   /* of INTEGER and DURATION; no limits when equal */
	const char *const *choices; /* CHOICE: ends with NULL; case does not matter */
	bool shown;                 /* USER: see USER_FIELD() */
};

/* A struct member of another type does not compile. */
#define FIELD(c_type, struct_, member, name_, ...)                                     \
	{                                                                              \
		.offset = offsetof(struct_, member) +                                  \
			  0 * sizeof(_Generic(&((struct_ *)0)->member, c_type * : 0)), \
		.name = name_, __VA_ARGS__                                             \
	}
/* const char *: a word is up to the next white space, a text is all the rest. */
#define WORD_FIELD(s, member, ...) FIELD(const char *, s, member, __VA_ARGS__, .type = FIELD_WORD)
#define TEXT_FIELD(s, member, ...) FIELD(const char *, s, member, __VA_ARGS__, .type = FIELD_TEXT)
/* int64_t; seconds of 90s, 10m, 2h, 3d or 1w. */
#define INTEGER_FIELD(s, member, ...) FIELD(int64_t, s, member, __VA_ARGS__, .type = FIELD_INTEGER)
#define DURATION_FIELD(s, member, ...) \
	FIELD(int64_t, s, member, __VA_ARGS__, .type = FIELD_DURATION)
/* bool: yes, on, true, 1 and no, off, false, 0. */
#define BOOLEAN_FIELD(s, member, ...) FIELD(bool, s, member, __VA_ARGS__, .type = FIELD_BOOLEAN)
/* const char *: one of .choices, in the spelling given there. */
#define CHOICE_FIELD(s, member, ...) \
	FIELD(const char *, s, member, __VA_ARGS__, .type = FIELD_CHOICE)
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
/* const char *: all the rest of the message, with its formatting and its file, or else the message
 * that it replies to, as message_keep() makes it. What cannot be kept is refused. */
#define KEPT_FIELD(s, member, ...) FIELD(const char *, s, member, __VA_ARGS__, .type = FIELD_KEPT)
/* clang-format off */
#define END_OF_FIELDS(s) { .type = FIELD_END, .offset = sizeof(s) }
/* clang-format on */

#endif
