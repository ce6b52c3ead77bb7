/* arguments.c - one reader for each type of argument, and what is said when none fits.
 *
 * Each argument takes something from the front of what is left, or nothing. In the end all of the
 * text must be taken: "/mute 2x" must not mute forever because 2x is not a duration. */
#include "workers/host/arguments.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/utf8.h"
#include "workers/host/kept_message.h"
#include "workers/host/visible.h"

/* Bot API "User": ids have at most 52 significant bits. */
#define USER_ID_MAX (INT64_C(1) << 52)
#define CHAT_ID_MAX USER_ID_MAX
/* Telegram's usernames; old ones and those bought at auctions are short. */
#define USERNAME_MIN 3
#define USERNAME_MAX 32
/* From this many on a number is an id and no count or duration. */
#define USER_ID_DIGITS 5

struct reader {
	struct ctx *ctx;
	const struct field *argument; /* the current one */
	struct text rest;             /* what is left of the message's text */
	char *values;
	bool wrong;        /* what is left was meant for this argument and does not fit */
	const char *fault; /* why, in the words that the person is told; NULL: the usual ones */
	bool unknown_name; /* nobody is known by the @name that is left */
};

/* And the white space after it. */
static void skip(struct text *rest, size_t length)
{
	do {
		rest->data += length;
		rest->length -= length;
		length = utf8_space(rest->data, rest->length);
	} while (length);
}

static struct text first_word(struct text rest)
{
	struct text word = { rest.data, 0 };

	while (word.length < rest.length &&
	       !utf8_space(rest.data + word.length, rest.length - word.length))
		word.length++;
	return word;
}

static const char *copy(const struct reader *reader, struct text text)
{
	return arena_strndup(reader->ctx->arena, text.data, text.length);
}

static bool equals(struct text word, const char *other)
{
	return strlen(other) == word.length && strncasecmp(word.data, other, word.length) == 0;
}

/* --- one function per type: true when the word fits -------------------------------------- */

static bool in_range(const struct field *argument, int64_t number)
{
	return argument->minimum == argument->maximum ||
	       (number >= argument->minimum && number <= argument->maximum);
}

/* Digits with an optional sign, at most 18 of them; returns how many characters, 0 for none. */
static size_t read_digits(struct text word, int64_t *out)
{
	size_t at = word.length && (*word.data == '-' || *word.data == '+');
	size_t first = at;
	int64_t number = 0;

	while (at < word.length && word.data[at] >= '0' && word.data[at] <= '9') {
		if (at - first == 18)
			return 0;
		number = number * 10 + (word.data[at++] - '0');
	}
	*out = *word.data == '-' ? -number : number;
	return at > first ? at : 0;
}

static bool read_integer(struct reader *reader, struct text word, void *out)
{
	int64_t number = 0;

	if (read_digits(word, &number) != word.length || !in_range(reader->argument, number))
		return false;
	*(int64_t *)out = number;
	return true;
}

static const struct {
	char letter;
	int64_t seconds;
} duration_units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };

/* A duration out of range is no text for the next argument: "/mute 5s" must not mute for ever
 * because of "5s". */
static bool read_duration(struct reader *reader, struct text word, void *out)
{
	int64_t number = 0;
	size_t digits = read_digits(word, &number);

	/* With more than ten digits even seconds are longer than anybody waits. */
	if (digits == 0 || digits > 10 || digits + 1 != word.length || number <= 0)
		return false;
	for (size_t i = 0; i < sizeof(duration_units) / sizeof(duration_units[0]); i++)
		if ((word.data[digits] | 0x20) == duration_units[i].letter) {
			number *= duration_units[i].seconds;
			reader->wrong = !in_range(reader->argument, number);
			*(int64_t *)out = reader->wrong ? 0 : number;
			return !reader->wrong;
		}
	return false;
}

/* In the longest unit that has no rest. */
static const char *duration_text(struct ctx *ctx, int64_t seconds)
{
	size_t unit = sizeof(duration_units) / sizeof(duration_units[0]) - 1;

	while (unit > 0 && seconds % duration_units[unit].seconds != 0)
		unit--;
	return arena_printf(ctx->arena, "%lld%c",
			    (long long)(seconds / duration_units[unit].seconds),
			    duration_units[unit].letter);
}

static bool read_boolean(struct text word, void *out)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = { { "yes", true }, { "on", true },   { "true", true },   { "1", true },
		      { "no", false }, { "off", false }, { "false", false }, { "0", false } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (equals(word, words[i].word)) {
			*(bool *)out = words[i].value;
			return true;
		}
	return false;
}

static bool read_choice(const struct reader *reader, struct text word, void *out)
{
	for (const char *const *choice = reader->argument->choices; *choice; choice++)
		if (equals(word, *choice)) {
			*(const char **)out = *choice;
			return true;
		}
	return false;
}

static const struct user *replied_user(const struct reader *reader)
{
	const struct message *message = ctx_find_message(reader->ctx);

	return message && message->reply ? message->reply->from : NULL;
}

/* A mention of somebody without a username is an entity that contains the user; its words are taken
 * whole. */
static bool take_mention(struct reader *reader, void *out)
{
	const struct message_view *message = &reader->ctx->update.message;
	struct text text = message->text.data ? message->text : message->caption;
	size_t before = (size_t)(reader->rest.data - text.data);
	size_t units = 0;
	const struct user *user = update_find_mention(
		&reader->ctx->update, utf8_units(text.data, before), &units, reader->ctx->arena);

	if (!user)
		return false;
	*(const struct user **)out = user;
	skip(&reader->rest, utf8_prefix(reader->rest.data, reader->rest.length, units));
	return true;
}

static const struct user *user_by_name(struct reader *reader, struct text name)
{
	struct ctx *ctx = reader->ctx;
	const struct user *near[] = { replied_user(reader), ctx_find_user(ctx) };

	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
		if (near[i] && near[i]->username[0] && equals(name, near[i]->username))
			return near[i];
	if (name.length < USERNAME_MIN || name.length > USERNAME_MAX)
		return NULL;
	return (reader->argument->shown ? ctx_find_username : ctx_find_named)(ctx,
									      copy(reader, name));
}

/* The words that can only be meant for a person, even in a reply, where a shorter number belongs to
 * the next argument ("/mute 2"). */
static bool names_somebody(struct text word)
{
	size_t sign = *word.data == '-' || *word.data == '+';

	if (*word.data == '@')
		return word.length > 1;
	for (size_t i = sign; i < word.length; i++)
		if (word.data[i] < '0' || word.data[i] > '9')
			return false;
	return word.length >= sign + USER_ID_DIGITS;
}

static bool read_user(struct reader *reader, struct text word, void *out)
{
	const struct user *user = NULL;
	bool is_meant = names_somebody(word);
	int64_t id = 0;

	if (!is_meant && replied_user(reader))
		return false;
	if (*word.data == '@')
		user = user_by_name(reader, (struct text) { word.data + 1, word.length - 1 });
	else if (read_digits(word, &id) == word.length && id > 0 && id < USER_ID_MAX)
		user = target_of(reader->ctx, id).user;
	if (user)
		*(const struct user **)out = user;
	reader->wrong = is_meant && !user;
	reader->unknown_name = reader->wrong && *word.data == '@';
	return user != NULL;
}

static bool read_word(struct reader *reader, struct text word, void *out)
{
	switch (reader->argument->type) {
	case FIELD_WORD:
		*(const char **)out = copy(reader, word);
		return true;
	case FIELD_INTEGER:
		return read_integer(reader, word, out);
	case FIELD_BOOLEAN:
		return read_boolean(word, out);
	case FIELD_DURATION:
		return read_duration(reader, word, out);
	case FIELD_CHOICE:
		return read_choice(reader, word, out);
	case FIELD_USER:
	case FIELD_TARGET:
	case FIELD_TEXT:
	case FIELD_KEPT:
	case FIELD_END:
		break;
	}
	return false;
}

/* --- all of them ------------------------------------------------------------------------------ */

static void set_default(const struct reader *reader, void *out)
{
	enum field_type type = reader->argument->type;

	if (type == FIELD_WORD || type == FIELD_TEXT || type == FIELD_CHOICE || type == FIELD_KEPT)
		*(const char **)out = "";
}

/* A mention, a word, or whoever wrote the message that is replied to. */
static bool take_user(struct reader *reader, struct text word, const struct user **out)
{
	if (word.length && take_mention(reader, out))
		return true;
	if (word.length && read_user(reader, word, out)) {
		skip(&reader->rest, word.length);
		return true;
	}
	if (!reader->wrong)
		*out = replied_user(reader);
	return *out != NULL;
}

/* Nobody can be warned or muted who is only an account of Telegram's. */
static bool refuse_stand_in(struct reader *reader)
{
	reader->wrong = true;
	reader->fault = N_("That was written in the name of a channel or a group, and not by a "
			   "person.");
	return false;
}

static bool take_person(struct reader *reader, struct text word, const struct user **out)
{
	if (!take_user(reader, word, out))
		return false;
	return !user_is_stand_in(*out) || reader->argument->shown || refuse_stand_in(reader);
}

/* A chat of Telegram's, or who wrote in its name. */
static bool take_target(struct reader *reader, struct text word, struct target *out)
{
	const struct user *user = NULL;
	int64_t id = 0;

	if (names_somebody(word) && read_digits(word, &id) == word.length && id < 0 &&
	    id > -CHAT_ID_MAX) {
		*out = target_of(reader->ctx, id);
		skip(&reader->rest, word.length);
		return true;
	}
	if (!take_user(reader, word, &user))
		return false;
	if (!user->stands_for && user_is_stand_in(user))
		return refuse_stand_in(reader);
	*out = (struct target) { .channel = user->stands_for };
	if (!user->stands_for)
		out->user = user;
	return true;
}

/* What is there but cannot be kept is wrong, not missing. */
static bool refuse_to_keep(struct reader *reader, const struct message *message)
{
	reader->wrong = true;
	reader->fault = message->text[0] || message->media
				? N_("That is too long for me to keep.")
				: N_("I can keep texts and files, and nothing else.");
	return false;
}

static bool take_kept(struct reader *reader, const char **out)
{
	struct ctx *ctx = reader->ctx;
	const struct message *message = ctx_find_message(ctx);
	bool is_here = reader->rest.length || (message && message->media);

	if (!message || (!is_here && !message->reply))
		return false;
	if (is_here)
		*out = message_keep_part(ctx, reader->rest);
	else
		*out = message_keep(ctx, message->reply);
	skip(&reader->rest, reader->rest.length);
	return (*out)[0] || refuse_to_keep(reader, is_here ? message : message->reply);
}

/* True when the argument took a word, or the person from the message that is replied to. */
static bool take_argument(struct reader *reader)
{
	void *out = reader->values + reader->argument->offset;
	struct text word = first_word(reader->rest);

	set_default(reader, out);
	if (reader->argument->type == FIELD_USER)
		return take_person(reader, word, out);
	if (reader->argument->type == FIELD_TARGET)
		return take_target(reader, word, out);
	if (reader->argument->type == FIELD_KEPT)
		return take_kept(reader, out);
	if (reader->argument->type == FIELD_TEXT && word.length) {
		*(const char **)out = copy(reader, reader->rest);
		skip(&reader->rest, reader->rest.length);
		return true;
	}
	if (word.length == 0 || !read_word(reader, word, out))
		return false;
	skip(&reader->rest, word.length);
	return true;
}

/* What would have fitted. */
static void add_expected(struct ctx *ctx, struct draft *draft, const struct field *argument)
{
	switch (argument->type) {
	case FIELD_INTEGER:
		if (argument->minimum == argument->maximum) {
			draft_add(draft, " %s", _("It is a whole number."));
			return;
		}
		draft_add(draft, " ");
		draft_add(draft, _("It is a whole number from %lld to %lld."),
			  (long long)argument->minimum, (long long)argument->maximum);
		return;
	case FIELD_BOOLEAN:
		draft_add(draft, " %s", _("It is yes or no."));
		return;
	case FIELD_DURATION:
		if (argument->minimum == argument->maximum) {
			draft_add(draft, " %s", _("It is a duration such as 10m, 2h, 3d or 1w."));
			return;
		}
		draft_add(draft, " ");
		draft_add(draft, _("It is a duration from %s to %s."),
			  duration_text(ctx, argument->minimum),
			  duration_text(ctx, argument->maximum));
		return;
	case FIELD_CHOICE:
		draft_add(draft, " %s", _("It is one of these:"));
		for (const char *const *choice = argument->choices; *choice; choice++)
			draft_add(draft, " <code>%s</code>", *choice);
		return;
	case FIELD_USER:
	case FIELD_TARGET:
		draft_add(draft, " %s",
			  _("It is a person: an id, the username of somebody I have seen, a "
			    "mention, or whoever wrote the message that you reply to."));
		return;
	case FIELD_KEPT:
		draft_add(draft, " %s", _("It is a text, a file, or a reply to a message."));
		return;
	case FIELD_WORD:
	case FIELD_TEXT:
	case FIELD_END:
		return;
	}
}

/* Quotes the start of what does not fit. */
static void explain(struct reader *reader, const struct route *route, const struct field *argument)
{
	struct ctx *ctx = reader->ctx;
	struct draft *draft = ctx_draft(ctx);
	struct text word = first_word(reader->rest);
	const char *name = argument ? ctx_translate(ctx, argument->name) : "";

	word.length = utf8_prefix(word.data, word.length, 64);
	if (reader->fault)
		draft_add(draft, "%s", ctx_translate(ctx, reader->fault));
	else if (word.length == 0)
		draft_add(draft, _("This needs: %s."), name);
	else if (reader->unknown_name)
		draft_add(draft, _("I know nobody by the name “%s”."), copy(reader, word));
	else if (argument)
		draft_add(draft, _("“%s” does not fit here: %s."), copy(reader, word), name);
	else
		draft_add(draft, _("I do not know what to do with “%s”."), copy(reader, word));
	if (argument && !reader->fault)
		add_expected(ctx, draft, argument);
	draft_add(draft, "\n\n<code>/%s %s</code>", route_command(ctx, route),
		  route_usage(ctx, route));
	draft_reply(draft);
}

static size_t size_of(const struct field *argument)
{
	while (argument->type != FIELD_END)
		argument++;
	return argument->offset;
}

const void *arguments_read(struct ctx *ctx, const struct route *route)
{
	const struct field *doubtful = NULL; /* optional, and what is left did not fit it */
	struct reader reader = {
		.ctx = ctx,
		.argument = route->arguments,
		.rest = ctx->match.args,
		.values = arena_alloc(ctx->arena, size_of(route->arguments)),
	};

	for (; reader.argument->type != FIELD_END; reader.argument++) {
		if (take_argument(&reader)) {
			doubtful = NULL;
		} else if (!reader.argument->optional || reader.wrong) {
			explain(&reader, route, reader.argument);
			return NULL;
		} else if (!doubtful) {
			doubtful = reader.argument;
		}
	}
	if (reader.rest.length) {
		explain(&reader, route, doubtful);
		return NULL;
	}
	return reader.values;
}

const char *route_usage(struct ctx *ctx, const struct route *route)
{
	const char *usage = "";

	if (!route->arguments)
		return route->usage ? ctx_translate(ctx, route->usage) : "";
	for (const struct field *a = route->arguments; a->type != FIELD_END; a++)
		usage = arena_printf(ctx->arena, a->optional ? "%s%s[%s]" : "%s%s<%s>", usage,
				     usage[0] ? " " : "", ctx_translate(ctx, a->name));
	return usage;
}
