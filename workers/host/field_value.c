/* field_value.c - one reader and one writer for each type of field. */
#include "workers/host/field_value.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "workers/api/translations.h"

/* Bot API "Chat": ids have at most 52 significant bits. */
#define CHAT_ID_MAX (INT64_C(1) << 52)
#define WORDS_ROOM (FIELD_WORDS_BYTES_MAX + FIELD_WORDS_MAX * 2)

/* Lists of words that mean the same: a translator gives those of the language. */
#define WORDS_ON N_("on yes true enable enabled")
#define WORDS_OFF N_("off no false disable disabled none")
#define DELETE_TOO "delete"

const struct action_name action_names[] = {
	{ ACTION_NONE, N_("none"), false },        { ACTION_LOG, N_("log"), false },
	{ ACTION_DELETE, N_("delete"), false },    { ACTION_WARN, N_("warn"), false },
	{ ACTION_RESTRICT, N_("restrict"), true }, { ACTION_MUTE, N_("mute"), true },
	{ ACTION_KICK, N_("kick"), false },        { ACTION_BAN, N_("ban"), true },
};
const size_t action_names_count = COUNT_OF(action_names);

bool action_lasts(enum action_kind kind)
{
	for (size_t i = 0; i < COUNT_OF(action_names); i++)
		if (action_names[i].kind == kind)
			return action_names[i].has_duration;
	return false;
}

const char *action_word(enum action_kind kind)
{
	for (size_t i = 0; i < COUNT_OF(action_names); i++)
		if (action_names[i].kind == kind)
			return action_names[i].name;
	return "";
}

static const struct {
	char letter;
	int64_t seconds;
} duration_units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };

static const char *const no_words[] = { NULL };

/* --- words ------------------------------------------------------------------------------------ */

void field_skip(struct text *rest, size_t length)
{
	do {
		rest->data += length;
		rest->length -= length;
		length = utf8_space(rest->data, rest->length);
	} while (length);
}

struct text field_first_word(struct text rest)
{
	struct text word = { rest.data, 0 };

	while (word.length < rest.length &&
	       !utf8_space(rest.data + word.length, rest.length - word.length))
		word.length++;
	return word;
}

static bool equals(struct text word, const char *other)
{
	return strlen(other) == word.length && strncasecmp(word.data, other, word.length) == 0;
}

/* A space-separated list. */
static bool is_listed(struct text word, const char *list)
{
	while (*list) {
		size_t length = strcspn(list, " ");

		if (length == word.length && strncasecmp(list, word.data, length) == 0)
			return true;
		list += length + strspn(list + length, " ");
	}
	return false;
}

/* Calls it for the text and all its translations until it is true. */
typedef bool language_match_fn(struct text word, const char *text);

static bool in_any_language(struct text word, const char *text, const struct languages *languages,
			    language_match_fn *fits)
{
	const struct language *language;

	if (fits(word, text))
		return true;
	for (size_t i = 0; languages && (language = language_at(languages, i)); i++)
		if (fits(word, language_translate(language, text)))
			return true;
	return false;
}

bool field_is_off(struct text word, const struct languages *languages)
{
	return equals(word, "0") || in_any_language(word, WORDS_OFF, languages, is_listed);
}

static bool is_on(struct text word, const struct languages *languages)
{
	return equals(word, "1") || in_any_language(word, WORDS_ON, languages, is_listed);
}

/* --- one function per type: true when the word fits ------------------------------------------- */

static bool in_range(const struct field *field, int64_t number)
{
	return field->minimum == field->maximum ||
	       (number >= field->minimum && number <= field->maximum);
}

size_t field_read_digits(struct text word, int64_t *out)
{
	size_t at = word.length && (*word.data == '-' || *word.data == '+');
	size_t first = at;
	int64_t number = 0;

	while (at < word.length && word.data[at] >= '0' && word.data[at] <= '9') {
		if (at - first == 18)
			return 0;
		number = number * 10 + (word.data[at++] - '0');
	}
	*out = word.length && *word.data == '-' ? -number : number;
	return at > first ? at : 0;
}

static bool read_integer(const struct field *field, struct text word, int64_t *out)
{
	int64_t number = 0;

	if (field_read_digits(word, &number) != word.length || !in_range(field, number))
		return false;
	*out = number;
	return true;
}

static bool read_seconds(struct text word, int64_t *out)
{
	int64_t number = 0;
	size_t digits = field_read_digits(word, &number);

	/* With more than ten digits even seconds are longer than anybody waits. */
	if (digits == 0 || digits > 10 || digits + 1 != word.length || number <= 0)
		return false;
	for (size_t i = 0; i < COUNT_OF(duration_units); i++)
		if ((word.data[digits] | 0x20) == duration_units[i].letter) {
			*out = number * duration_units[i].seconds;
			return true;
		}
	return false;
}

/* A duration out of range is no text for the next argument: "/mute 5s" must not mute for ever
 * because of "5s". */
static enum field_fit read_duration(const struct field *field, struct text word, int64_t *out)
{
	int64_t seconds = 0;

	if (!read_seconds(word, &seconds))
		return FIELD_MISFIT;
	if (!in_range(field, seconds))
		return FIELD_OUT_OF_RANGE;
	*out = seconds;
	return FIELD_FITS;
}

static bool read_boolean(struct text word, const struct languages *languages, bool *out)
{
	if (is_on(word, languages))
		*out = true;
	else if (field_is_off(word, languages))
		*out = false;
	else
		return false;
	return true;
}

static bool read_choice(const struct field *field, struct text word,
			const struct languages *languages, const char **out)
{
	for (size_t i = 0; field->choices[i]; i++)
		if (equals(word, field->choices[i]) ||
		    (field->labels && in_any_language(word, field->labels[i], languages, equals))) {
			*out = field->choices[i];
			return true;
		}
	return false;
}

static bool read_chat(struct text word, int64_t *out)
{
	int64_t id = 0;

	if (field_read_digits(word, &id) != word.length || id >= 0 || id <= -CHAT_ID_MAX)
		return false;
	*out = id;
	return true;
}

/* 22:30, 22.30, 22h30, 22h, 10:30pm, 10pm */
static bool read_time(struct text word, int64_t *out)
{
	int64_t hours = 0, minutes = 0;
	size_t at = word.length && *word.data >= '0' && *word.data <= '9'
			    ? field_read_digits(word, &hours)
			    : 0;
	struct text rest = { word.data + at, word.length - at };
	bool has_minutes = rest.length && strchr(":.hH", *rest.data);
	bool is_half, named = false;

	if (at == 0 || at > 2)
		return false;
	if (has_minutes && rest.length > 2) {
		struct text digits = { rest.data + 1, 2 };

		if (digits.data[0] < '0' || field_read_digits(digits, &minutes) != 2)
			return false;
		rest = (struct text) { rest.data + 3, rest.length - 3 };
		named = true;
	} else if (has_minutes && equals(rest, "h")) {
		rest.length = 0;
		named = true;
	}
	is_half = equals(rest, "am") || equals(rest, "pm");
	if ((rest.length && !is_half) || (!named && !is_half) || minutes > 59 ||
	    hours > (is_half ? 12 : 23) || (is_half && hours == 0))
		return false;
	if (is_half)
		hours = hours % 12 + (equals(rest, "pm") ? 12 : 0);
	*out = hours * 60 + minutes;
	return true;
}

static bool is_off_of(const struct field *field, struct text word,
		      const struct languages *languages, void *out)
{
	if (!field->may_be_off || !field_is_off(word, languages))
		return false;
	field_clear(field, out);
	return true;
}

static bool fits(bool fit, enum field_fit *out)
{
	*out = fit ? FIELD_FITS : FIELD_MISFIT;
	return fit;
}

static enum field_fit read_word(const struct field *field, struct text word,
				const struct field_reader *reader, void *out)
{
	enum field_fit fit = FIELD_MISFIT;

	switch (field->type) {
	case FIELD_WORD:
		*(const char **)out = arena_strndup(reader->arena, word.data, word.length);
		return FIELD_FITS;
	case FIELD_INTEGER:
		fits(read_integer(field, word, out), &fit);
		break;
	case FIELD_BOOLEAN:
		fits(read_boolean(word, reader->languages, out), &fit);
		break;
	case FIELD_DURATION:
		return read_duration(field, word, out);
	case FIELD_CHOICE:
		fits(read_choice(field, word, reader->languages, out), &fit);
		break;
	case FIELD_CHAT:
		fits(read_chat(word, out), &fit);
		break;
	case FIELD_TIME:
		fits(read_time(word, out), &fit);
		break;
	case FIELD_TEXT:
	case FIELD_ACTION:
	case FIELD_WORDS:
	case FIELD_KEPT:
	case FIELD_USER:
	case FIELD_TARGET:
	case FIELD_TARGETS:
	case FIELD_END:
		break;
	}
	return fit;
}

/* --- several words ---------------------------------------------------------------------------- */

static const struct action_name *find_action(struct text word, const struct languages *languages)
{
	for (size_t i = 0; i < COUNT_OF(action_names); i++)
		if (in_any_language(word, action_names[i].name, languages, equals))
			return &action_names[i];
	return NULL;
}

/* What is joined by a comma or a plus is several words, too. */
static struct text first_part(struct text rest)
{
	struct text word = field_first_word(rest);

	for (size_t i = 0; i < word.length; i++)
		if (word.data[i] == ',' || word.data[i] == '+')
			word.length = i;
	return word;
}

static void skip_part(struct text *rest, size_t length)
{
	if (length < rest->length && (rest->data[length] == ',' || rest->data[length] == '+'))
		length++;
	field_skip(rest, length);
}

static bool allows(const struct field *field, const struct action *action)
{
	const struct action_name *name = action_names;

	while (name->kind != action->kind)
		name++;
	return (!field->actions || field->actions & 1u << action->kind) &&
	       (!action->seconds || (name->has_duration && action->seconds <= ACTION_SECONDS_MAX &&
				     in_range(field, action->seconds))) &&
	       !(action->delete_message && action->kind == ACTION_NONE);
}

/* "mute", "2h" and "delete" in any order, each once. */
static enum field_fit take_action(const struct field *field, struct text *given,
				  const struct languages *languages, struct action *out)
{
	struct action action = { .kind = ACTION_NONE };
	bool has_kind = false, deletes = false;
	struct text rest = *given;

	for (struct text word = first_part(rest); word.length; word = first_part(rest)) {
		const struct action_name *name = find_action(word, languages);
		int64_t seconds = 0;

		if (name && name->kind == ACTION_DELETE && !deletes)
			deletes = true;
		else if (name && name->kind != ACTION_DELETE && !has_kind)
			has_kind = (action.kind = name->kind, true);
		else if (!action.seconds && read_seconds(word, &seconds))
			action.seconds = seconds;
		else if (!has_kind && !deletes && field_is_off(word, languages))
			has_kind = true;
		else
			break;
		skip_part(&rest, word.length);
	}
	if (!has_kind && !deletes)
		return FIELD_MISFIT;
	if (!has_kind)
		action.kind = ACTION_DELETE;
	action.delete_message = deletes && has_kind;
	if (!allows(field, &action))
		return FIELD_OUT_OF_RANGE;
	*given = rest;
	*out = action;
	return FIELD_FITS;
}

static bool has_word(const char *const *words, size_t count, struct text word)
{
	for (size_t i = 0; i < count; i++)
		if (equals(word, words[i]))
			return true;
	return false;
}

static enum field_fit take_words(const struct field *field, struct text *given,
				 const struct field_reader *reader, const char *const **out)
{
	size_t most = field->maximum > 0 && field->maximum < FIELD_WORDS_MAX
			      ? (size_t)field->maximum
			      : FIELD_WORDS_MAX;
	const char **words = arena_alloc(reader->arena, (FIELD_WORDS_MAX + 1) * sizeof(*words));
	size_t count = 0, bytes = 0;
	struct text rest = *given;

	field_skip(&rest, 0);
	for (struct text word = field_first_word(rest); word.length;
	     word = field_first_word(rest)) {
		if (!has_word(words, count, word)) {
			bytes += word.length + 1;
			if (count == most || word.length > FIELD_WORD_MAX ||
			    bytes > FIELD_WORDS_BYTES_MAX)
				return FIELD_OUT_OF_RANGE;
			words[count++] = arena_strndup(reader->arena, word.data, word.length);
		}
		field_skip(&rest, word.length);
	}
	if (!count)
		return FIELD_MISFIT;
	*given = rest;
	*out = words;
	/* "off off" */
	if (count == 1 && field->may_be_off && field_is_off(text_of(words[0]), reader->languages))
		field_clear(field, out);
	return FIELD_FITS;
}

static bool is_whole(struct text rest, struct text word)
{
	field_skip(&rest, word.length);
	return rest.length == 0;
}

enum field_fit field_take(const struct field *field, struct text *rest,
			  const struct field_reader *reader, void *out)
{
	struct text word = field_first_word(*rest);
	bool takes_all = field->type == FIELD_TEXT || field->type == FIELD_WORDS;
	enum field_fit fit;

	if (word.length == 0)
		return FIELD_MISFIT;
	if (field->type == FIELD_ACTION)
		return take_action(field, rest, reader->languages, out);
	if ((!takes_all || is_whole(*rest, word)) &&
	    is_off_of(field, word, reader->languages, out)) {
		field_skip(rest, word.length);
		return FIELD_FITS;
	}
	if (field->type == FIELD_WORDS)
		return take_words(field, rest, reader, out);
	if (field->type == FIELD_TEXT) {
		*(const char **)out = arena_strndup(reader->arena, rest->data, rest->length);
		field_skip(rest, rest->length);
		return FIELD_FITS;
	}
	fit = read_word(field, word, reader, out);
	if (fit == FIELD_FITS)
		field_skip(rest, word.length);
	return fit;
}

/* --- values that are kept --------------------------------------------------------------------- */

void field_clear(const struct field *field, void *out)
{
	switch (field->type) {
	case FIELD_WORD:
	case FIELD_TEXT:
	case FIELD_CHOICE:
	case FIELD_KEPT:
		*(const char **)out = "";
		return;
	case FIELD_WORDS:
		*(const char *const **)out = no_words;
		return;
	case FIELD_TIME:
		*(int64_t *)out = TIME_NONE;
		return;
	case FIELD_INTEGER:
	case FIELD_BOOLEAN:
	case FIELD_DURATION:
	case FIELD_ACTION:
	case FIELD_CHAT:
	case FIELD_USER:
	case FIELD_TARGET:
	case FIELD_TARGETS:
	case FIELD_END:
		memset(out, 0, field_size(field));
		return;
	}
}

size_t field_size(const struct field *field)
{
	switch (field->type) {
	case FIELD_WORD:
	case FIELD_TEXT:
	case FIELD_CHOICE:
	case FIELD_KEPT:
	case FIELD_WORDS:
	case FIELD_USER:
		return sizeof(const void *);
	case FIELD_INTEGER:
	case FIELD_DURATION:
	case FIELD_CHAT:
	case FIELD_TIME:
		return sizeof(int64_t);
	case FIELD_BOOLEAN:
		return sizeof(bool);
	case FIELD_ACTION:
		return sizeof(struct action);
	case FIELD_TARGET:
		return sizeof(struct target);
	case FIELD_TARGETS:
		return sizeof(struct targets);
	case FIELD_END:
		break;
	}
	return 0;
}

static bool is_well_formed(struct text text)
{
	size_t length;

	for (size_t at = 0; at < text.length; at += length) {
		length = utf8_character(text.data + at, text.length - at);
		if (!length)
			return false;
	}
	return true;
}

static bool has_control(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.data[i] < ' ' && text.data[i] != '\n' &&
		    text.data[i] != '\t')
			return true;
	return false;
}

bool field_read(const struct field *field, struct text text, const struct field_reader *reader,
		void *out)
{
	size_t most = field->type == FIELD_WORD    ? FIELD_WORD_MAX
		      : field->type == FIELD_WORDS ? WORDS_ROOM
						   : FIELD_TEXT_MAX;
	struct text rest = text;

	if (field->type == FIELD_WORDS && text.length == 0) {
		field_clear(field, out);
		return true;
	}
	field_skip(&rest, 0);
	if (text.length > most || has_control(text) || !is_well_formed(text))
		return false;
	/* Behind a value there is nothing. */
	if (field->type != FIELD_TEXT && field->type != FIELD_WORDS &&
	    field->type != FIELD_ACTION && !is_whole(rest, field_first_word(rest)))
		return false;
	if (field->type == FIELD_ACTION) {
		struct action action;

		if (field_take(field, &rest, reader, &action) != FIELD_FITS || rest.length)
			return false;
		*(struct action *)out = action;
		return true;
	}
	return field_take(field, &rest, reader, out) == FIELD_FITS;
}

const char *field_spell_duration(int64_t seconds, struct arena *arena)
{
	size_t unit = COUNT_OF(duration_units) - 1;

	while (unit > 0 && seconds % duration_units[unit].seconds != 0)
		unit--;
	return arena_printf(arena, "%" PRId64 "%c", seconds / duration_units[unit].seconds,
			    duration_units[unit].letter);
}

static const char *spell_action(const struct action *action, struct arena *arena)
{
	const struct action_name *name = action_names;

	while (name->kind != action->kind)
		name++;
	return arena_printf(arena, "%s%s%s%s", name->name, action->seconds ? " " : "",
			    action->seconds ? field_spell_duration(action->seconds, arena) : "",
			    action->delete_message ? " " DELETE_TOO : "");
}

static const char *spell_words(const char *const *words, struct arena *arena)
{
	size_t size = 1;
	char *spelled, *end;

	for (size_t i = 0; words[i]; i++)
		size += strlen(words[i]) + 1;
	end = spelled = arena_alloc(arena, size);
	for (size_t i = 0; words[i]; i++) {
		if (i)
			*end++ = ' ';
		end = stpcpy(end, words[i]);
	}
	return spelled;
}

static const char *spell_text(const struct field *field, const char *text)
{
	return text[0] || !field->may_be_off ? text : "off";
}

static const char *spell_number(const struct field *field, int64_t number, struct arena *arena)
{
	if (field->may_be_off && number == (field->type == FIELD_TIME ? TIME_NONE : 0))
		return "off";
	if (field->type == FIELD_DURATION)
		return field_spell_duration(number, arena);
	if (field->type == FIELD_TIME && number >= 0)
		return arena_printf(arena, "%02d:%02d", (int)(number / 60), (int)(number % 60));
	return number == TIME_NONE && field->type == FIELD_TIME
		       ? ""
		       : arena_printf(arena, "%" PRId64, number);
}

const char *field_spell(const struct field *field, const void *member, struct arena *arena)
{
	switch (field->type) {
	case FIELD_WORD:
	case FIELD_TEXT:
		return spell_text(field, *(const char *const *)member);
	case FIELD_CHOICE:
	case FIELD_KEPT:
		return *(const char *const *)member;
	case FIELD_WORDS:
		return spell_text(field, spell_words(*(const char *const *const *)member, arena));
	case FIELD_INTEGER:
	case FIELD_DURATION:
	case FIELD_CHAT:
	case FIELD_TIME:
		return spell_number(field, *(const int64_t *)member, arena);
	case FIELD_BOOLEAN:
		return *(const bool *)member ? "on" : "off";
	case FIELD_ACTION:
		return spell_action(member, arena);
	case FIELD_USER:
	case FIELD_TARGET:
	case FIELD_TARGETS:
	case FIELD_END:
		break;
	}
	return "";
}
