/* field_value.h - the values of fields (workers/api/fields.h) as text: what people write, and the
 * one spelling in which they are stored, exported and shown, which is read back to the same value.
 *
 * Persons (USER, TARGET) and kept texts are no plain text: arguments.c reads them. */
#ifndef WORKERS_HOST_FIELD_VALUE_H
#define WORKERS_HOST_FIELD_VALUE_H

#include "common/arena.h"
#include "common/pack.h"
#include "common/why.h"
#include "workers/api/fields.h"
#include "workers/host/language.h"

#define FIELD_WORD_MAX 64   /* bytes of a word, as a value that is kept */
#define FIELD_TEXT_MAX 1024 /* bytes of a text, as a value that is kept */
#define ACTION_SECONDS_MAX (INT64_C(366) * 86400)

/* The actions by name, in the order of the menu. */
struct action_name {
	enum action_kind kind;
	const char *name;
	bool has_duration;
};
extern const struct action_name action_names[];
extern const size_t action_names_count;

/* Where values are read: on, off, actions and labels fit in all languages of the bot. NULL: only in
 * English. */
struct field_reader {
	const struct languages *languages;
	struct arena *arena; /* of texts */
};

enum field_fit {
	FIELD_FITS,
	FIELD_MISFIT,
	FIELD_OUT_OF_RANGE, /* it is of this type and no text for another field, but too much */
};

/* Takes a value of the field from the front of `rest`, as many words as belong to it, and the white
 * space after them. `out` is its member; without FIELD_FITS both stay as they were. */
enum field_fit field_take(const struct field *field, struct text *rest,
			  const struct field_reader *reader, void *out);
/* Sets the member to what it is without a value: no preset. */
void field_clear(const struct field *field, void *out);
/* A member in its spelling: stored, and read again. */
const char *field_spell(const struct field *field, const void *member, struct arena *arena);
/* All of a text as a value that is kept, within the limits of those. False: it does not fit. */
MUST_CHECK bool field_read(const struct field *field, struct text text,
			   const struct field_reader *reader, void *out);
/* Bytes of the member. */
size_t field_size(const struct field *field);

/* Whether people mean "off" by that: the words of all languages. */
bool field_is_off(struct text word, const struct languages *languages);

/* The first word, up to white space; and drops so many bytes and the white space behind them. */
struct text field_first_word(struct text rest);
void field_skip(struct text *rest, size_t length);
/* Digits with an optional sign, at most 18 of them; returns how many characters, 0 for none. */
size_t field_read_digits(struct text word, int64_t *out);
/* "90s", "2h": in the longest unit that has no rest. */
const char *field_spell_duration(int64_t seconds, struct arena *arena);

#endif
