/* arguments.c - one reader for each type of argument, and what is said when none fits.
 *
 * Each argument takes something from the front of what is left, or nothing. In the end all of the
 * text must be taken: "/mute 2x" must not mute forever because 2x is not a duration. */
#include "workers/host/arguments.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/utf8.h"
#include "workers/host/field_value.h"
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
	bool is_answer;    /* to a question of the bot: who wrote that is not meant */
	bool unknown_name; /* nobody is known by the @name that is left */
};

static const char *copy(const struct reader *reader, struct text text)
{
	return arena_strndup(reader->ctx->arena, text.data, text.length);
}

static bool equals(struct text word, const char *other)
{
	return strlen(other) == word.length && strncasecmp(word.data, other, word.length) == 0;
}

/* --- people ----------------------------------------------------------------------------------- */

static const struct user *replied_user(const struct reader *reader)
{
	const struct message *message = ctx_find_message(reader->ctx);

	return message && message->reply && !reader->is_answer ? message->reply->from : NULL;
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
	field_skip(&reader->rest, utf8_prefix(reader->rest.data, reader->rest.length, units));
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
	else if (field_read_digits(word, &id) == word.length && id > 0 && id < USER_ID_MAX)
		user = target_of(reader->ctx, id).user;
	if (user)
		*(const struct user **)out = user;
	reader->wrong = is_meant && !user;
	reader->unknown_name = reader->wrong && *word.data == '@';
	return user != NULL;
}

/* --- all of them ------------------------------------------------------------------------------ */

/* A mention, a word, or whoever wrote the message that is replied to. */
static bool take_user(struct reader *reader, struct text word, const struct user **out)
{
	if (word.length && take_mention(reader, out))
		return true;
	if (word.length && read_user(reader, word, out)) {
		field_skip(&reader->rest, word.length);
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

	if (names_somebody(word) && field_read_digits(word, &id) == word.length && id < 0 &&
	    id > -CHAT_ID_MAX) {
		*out = target_of(reader->ctx, id);
		field_skip(&reader->rest, word.length);
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

static bool is_listed(const struct target *list, size_t count, struct target target)
{
	for (size_t i = 0; i < count; i++)
		if (target.user ? list[i].user && list[i].user->id == target.user->id
				: list[i].channel && list[i].channel->id == target.channel->id)
			return true;
	return false;
}

static struct text up_to_comma(struct text word)
{
	const char *comma = word.length ? memchr(word.data, ',', word.length) : NULL;

	return comma ? (struct text) { word.data, (size_t)(comma - word.data) } : word;
}

/* After a comma somebody must follow. */
static bool take_targets(struct reader *reader, struct targets *out)
{
	struct target *list = arena_alloc(reader->ctx->arena, TARGETS_MAX * sizeof(*list));
	struct target target;
	bool more = true;

	*out = (struct targets) { .list = list };
	while (more) {
		target = (struct target) { 0 };
		if (!take_target(reader, up_to_comma(field_first_word(reader->rest)), &target)) {
			reader->wrong = reader->wrong || out->count;
			return false;
		}
		more = reader->rest.length && *reader->rest.data == ',';
		if (more)
			field_skip(&reader->rest, 1);
		if (is_listed(list, out->count, target))
			continue;
		if (out->count == TARGETS_MAX) {
			reader->wrong = true;
			reader->fault = N_("Those are too many at once.");
			return false;
		}
		list[out->count++] = target;
	}
	return true;
}

/* What is there but cannot be kept is wrong, not missing. */
static bool take_kept(struct reader *reader, const char **out)
{
	const char *kept = message_keep_given(reader->ctx, reader->rest, &reader->fault);

	reader->wrong = reader->fault != NULL;
	if (!kept)
		return false;
	*out = kept;
	field_skip(&reader->rest, reader->rest.length);
	return true;
}

void arguments_set_default(struct ctx *ctx, const struct field *field, char *values)
{
	const struct field_reader reader = { NULL, ctx->arena };
	void *out = values + field->offset;

	field_clear(field, out);
	if (field->preset && !field_read(field, text_of(field->preset), &reader, out))
		ctx_fail(ctx, "the preset \"%s\" does not fit", field->preset);
}

static bool take_value(struct reader *reader, void *out)
{
	const struct field_reader values = { reader->ctx->host->languages, reader->ctx->arena };
	enum field_fit fit = field_take(reader->argument, &reader->rest, &values, out);

	reader->wrong = fit == FIELD_OUT_OF_RANGE;
	return fit == FIELD_FITS;
}

/* True when the argument took a word, or the person from the message that is replied to. */
static bool take_argument(struct reader *reader)
{
	void *out = reader->values + reader->argument->offset;
	struct text word = field_first_word(reader->rest);

	arguments_set_default(reader->ctx, reader->argument, reader->values);
	switch (reader->argument->type) {
	case FIELD_USER:
		return take_person(reader, word, out);
	case FIELD_TARGET:
		return take_target(reader, word, out);
	case FIELD_TARGETS:
		return take_targets(reader, out);
	case FIELD_KEPT:
		return take_kept(reader, out);
	case FIELD_WORD:
	case FIELD_TEXT:
	case FIELD_INTEGER:
	case FIELD_BOOLEAN:
	case FIELD_DURATION:
	case FIELD_CHOICE:
	case FIELD_ACTION:
	case FIELD_WORDS:
	case FIELD_CHAT:
	case FIELD_TIME:
	case FIELD_END:
		break;
	}
	return take_value(reader, out);
}

/* Quotes the start of what does not fit. */
static void explain(struct reader *reader, const struct route *route, const struct field *argument)
{
	struct ctx *ctx = reader->ctx;
	struct draft *draft = ctx_draft(ctx);
	struct text word = field_first_word(reader->rest);
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
		draft_expected(draft, argument);
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

bool arguments_take_answer(struct ctx *ctx, const struct field *field, char *values,
			   const char **fault)
{
	const struct message_view *message = &ctx->update.message;
	struct reader reader = {
		.ctx = ctx,
		.argument = field,
		.rest = message->text.data ? message->text : message->caption,
		.values = values,
		.is_answer = true,
	};
	bool taken;

	field_skip(&reader.rest, 0);
	taken = reader.rest.length && take_argument(&reader);
	*fault = reader.fault ? ctx_translate(ctx, reader.fault) : NULL;
	return taken && !reader.rest.length;
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
