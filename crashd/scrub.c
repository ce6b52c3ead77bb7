/* scrub.c - the patterns, a copy with matches replaced, and a walk over the update. */
#include "crashd/scrub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "crashd/update_fields.h"

#define NOTES_MAX 32
#define NAME_MAX_LENGTH 127
#define STRAYS_MAX 100 /* fields that are looked for in all objects */

/* Those of pydantic/logfire `_internal/scrubbing.py`, except that a match of "csrf" and the like
 * does not include the underscores around it. */
#define NAMES                                                                           \
	"password|passwd|mysql_pwd|secret|auth(?!ors?\\b)|credential|private[._ -]?key" \
	"|api[._ -]?key|session|cookie|social[._ -]?security|credit[._ -]?card"         \
	"|logfire[._ -]?token|pylf_v\\d+_|(?<![a-z\\d])(?:csrf|xsrf|jwt|ssn)(?![a-z\\d])"

/* Repetitions are possessive and a name continues for at most NAME_REST characters, so that the
 * cost grows no faster than the text. */
#define NAME_REST "[\\w-]{0,127}+"
#define USERINFO "[^/@ \\n\"'\\x00]++(?=@)" /* "user:password" before "@host" */
#define VALUE(count) "[^ \\n\\t\"',;&\\x00]" count "(?:(?<=://)" USERINFO ")?+"
/* A comparison ("session == NULL") and a place ("auth.c:12") are not assignments. */
#define ASSIGNMENT "[\"' ]*+[=:\\x00](?!=)[\"' ]*+(?:(?:bearer|basic) )?+"

/* Where there is a \K only the text after it is replaced. Telegram's tokens have 35 characters
 * after the colon; truncated ones are secret, too. */
#define BOT_TOKEN "\\d{6,20}+:[\\w-]{30,}+"
#define LOGFIRE_TOKEN "pylf_v\\d++_[\\w-]*+"
#define URL_SECRET "://\\K" USERINFO
#define SCHEME_SECRET "(?:bearer|basic) \\K" VALUE("{15,}+") /* "basic block" is not one */
/* A longer word is not a name; the rest of it may be the secret. */
#define LONG_WORD "\\K[\\w-]++(?:" ASSIGNMENT VALUE("++") ")?+"
#define NAMED_SECRET "(?:" NAMES ")" NAME_REST "(?:" ASSIGNMENT "\\K" VALUE("++") "|" LONG_WORD ")"

#define SECRETS BOT_TOKEN "|" URL_SECRET "|" LOGFIRE_TOKEN "|" SCHEME_SECRET "|" NAMED_SECRET

static const struct text over_limit = { .data = "(match limit)", .length = 13 };

struct scrubber {
	struct pattern_limits limits;
	struct pattern *names;
	struct pattern *secrets;
};

/* Compiled when the first text comes: mostly nothing crashes, and PCRE2 and what it compiles are a
 * quarter of a MiB. */
static struct pattern *require(struct scrubber *scrubber, struct pattern **pattern,
			       const char *expression)
{
	struct why why;

	if (!*pattern)
		*pattern = pattern_compile(expression, &scrubber->limits, &why);
	if (!*pattern)
		panic("a pattern of the scrubber does not compile: %s", why.text);
	return *pattern;
}

struct scrubber *scrubber_create(const struct pattern_limits *limits)
{
	struct scrubber *scrubber = xcalloc(1, sizeof(*scrubber));

	scrubber->limits = *limits;
	return scrubber;
}

void scrubber_destroy(struct scrubber *scrubber)
{
	if (!scrubber)
		return;
	pattern_destroy(scrubber->names);
	pattern_destroy(scrubber->secrets);
	free(scrubber);
}

struct text scrub_find(struct scrubber *scrubber, struct text text)
{
	struct text found = { NULL, 0 };

	switch (pattern_find(require(scrubber, &scrubber->names, NAMES), text, 0, &found)) {
	case PATTERN_NONE:
	case PATTERN_FOUND:
		break;
	case PATTERN_LIMIT:
		return over_limit;
	}
	return found;
}

void scrub_copy(struct scrubber *scrubber, struct text text, struct buffer *out)
{
	struct pattern *secrets = require(scrubber, &scrubber->secrets, SECRETS);
	size_t before = out->size, at = 0;
	struct text secret;
	enum pattern_result result;

	while ((result = pattern_find(secrets, text, at, &secret)) == PATTERN_FOUND) {
		size_t start = (size_t)(secret.data - text.data);

		buffer_append(out, text.data + at, start - at);
		buffer_append_text(out, "[Scrubbed]");
		at = start + secret.length;
	}
	if (result == PATTERN_LIMIT) {
		out->size = before;
		buffer_append_text(out, "[Scrubbed]");
	} else if (at < text.length) {
		buffer_append(out, text.data + at, text.length - at);
	}
}

/* --- the update ----------------------------------------------------------------------------- */

struct walk {
	struct scrubber *scrubber;
	struct json json;
	struct buffer *notes;
	bool redact;
	size_t note_count;
	size_t stray_count;
	size_t depth;
	char path[PACK_DEPTH_MAX][NAME_MAX_LENGTH + 1];
};

static void note(struct walk *walk, struct text matched)
{
	struct json json = json_start(walk->notes);

	if (walk->note_count == NOTES_MAX)
		return;
	if (walk->note_count++ > 0)
		buffer_append_text(walk->notes, ",");
	json_object_start(&json);
	json_key(&json, "path");
	json_array_start(&json);
	json_text(&json, "attributes");
	json_text(&json, "telegram.update");
	for (size_t i = 0; i < walk->depth; i++)
		json_text(&json, walk->path[i]);
	json_array_end(&json);
	json_key(&json, "matched_substring");
	json_text_n(&json, matched.data, matched.length);
	json_object_end(&json);
}

static void write_scrubbed(struct walk *walk, struct text matched)
{
	char marker[64 + NAME_MAX_LENGTH];

	snprintf(marker, sizeof(marker), "[Scrubbed due to '%.*s']",
		 matched.length < NAME_MAX_LENGTH ? (int)matched.length : NAME_MAX_LENGTH,
		 matched.data);
	json_text(&walk->json, marker);
	note(walk, matched);
}

static void write_text(struct walk *walk, struct text text)
{
	struct text matched = scrub_find(walk->scrubber, text);
	bool is_all = matched.data == text.data && matched.length == text.length;
	struct buffer copy = { 0 };

	if (matched.data && !is_all) {
		write_scrubbed(walk, matched);
		return;
	}
	scrub_copy(walk->scrubber, text, &copy);
	json_text_n(&walk->json, buffer_text(&copy), buffer_unread_size(&copy));
	buffer_finish(&copy);
}

static void write_value(struct walk *walk, struct cursor *cursor, const struct botapi_type *type,
			const char *field);

/* What debugging never needs, and what is called like a secret; nil for any other field. */
static struct text find_secret(const struct walk *walk, const char *key)
{
	struct text matched = scrub_find(walk->scrubber, text_of(key));

	if (!matched.data && update_field_is_personal(key))
		matched = text_of(key);
	return matched;
}

static const struct botapi_type *find_type(struct walk *walk, const struct botapi_type *type,
					   struct text name, struct cursor value)
{
	const struct botapi_type *found = NULL;

	if (name.data)
		found = update_field_type(type, name, value);
	if (name.data && !found && walk->stray_count < STRAYS_MAX) {
		walk->stray_count++;
		found = update_stray_type(name, value);
	}
	return found;
}

/* Of a field that the Bot API does not have, only that there is one. */
static void write_member(struct walk *walk, struct cursor *cursor, const struct botapi_type *type,
			 size_t *unknown)
{
	struct text name = cursor_text(cursor), secret;
	char *key = walk->path[walk->depth];
	const struct botapi_type *of = find_type(walk, type, name, *cursor);

	snprintf(key, NAME_MAX_LENGTH + 1, "%.*s",
		 name.length < NAME_MAX_LENGTH ? (int)name.length : NAME_MAX_LENGTH,
		 name.data ? name.data : "");
	secret = find_secret(walk, key);
	if (!of && !secret.data) {
		cursor_skip(cursor);
		(*unknown)++;
		return;
	}
	json_key(&walk->json, key);
	walk->depth++;
	if (secret.data) {
		cursor_skip(cursor);
		write_scrubbed(walk, secret);
	} else {
		write_value(walk, cursor, of, key);
	}
	walk->depth--;
}

static void write_map(struct walk *walk, struct cursor *cursor, const struct botapi_type *type)
{
	size_t count = cursor_map(cursor), unknown = 0;

	json_object_start(&walk->json);
	for (size_t i = 0; i < count && cursor_ok(cursor); i++)
		write_member(walk, cursor, type, &unknown);
	if (unknown)
		json_key_int(&walk->json, "(unknown fields)", (int64_t)unknown);
	json_object_end(&walk->json);
}

static void write_array(struct walk *walk, struct cursor *cursor, const struct botapi_type *type,
			const char *field)
{
	size_t count = cursor_array(cursor);
	char *index = walk->path[walk->depth++];

	json_array_start(&walk->json);
	for (size_t i = 0; i < count && cursor_ok(cursor); i++) {
		snprintf(index, NAME_MAX_LENGTH + 1, "%zu", i);
		write_value(walk, cursor, type, field);
	}
	json_array_end(&walk->json);
	walk->depth--;
}

static void write_removed(struct walk *walk, struct cursor *cursor)
{
	cursor_skip(cursor);
	json_text(&walk->json, "[removed]");
}

static void write_plain(struct walk *walk, struct cursor *cursor, const struct botapi_type *type,
			const char *field)
{
	if (!update_value_is_sent(type, field, *cursor, walk->redact))
		write_removed(walk, cursor);
	else if (cursor_type(cursor) == PACK_TEXT)
		write_text(walk, cursor_text(cursor));
	else if (!json_from_pack(&walk->json, cursor))
		cursor_fail(cursor, "not a value of an update");
}

/* `type` is what the Bot API has here, `field` the name of the field that the value is in. */
static void write_value(struct walk *walk, struct cursor *cursor, const struct botapi_type *type,
			const char *field)
{
	if (walk->depth + 1 >= PACK_DEPTH_MAX) {
		cursor_fail(cursor, "nested too deep");
		return;
	}
	switch (cursor_type(cursor)) {
	case PACK_MAP:
	case PACK_ARRAY:
		if (!update_structure_is_sent(type, field, *cursor, walk->redact))
			write_removed(walk, cursor);
		else if (cursor_type(cursor) == PACK_MAP)
			write_map(walk, cursor, type);
		else
			write_array(walk, cursor, update_element_type(type), field);
		return;
	case PACK_TEXT:
	case PACK_NIL:
	case PACK_BOOL:
	case PACK_INT:
	case PACK_UINT:
	case PACK_DOUBLE:
		write_plain(walk, cursor, type, field);
		return;
	case PACK_NONE:
	case PACK_EXT:
	case PACK_BYTES: /* not used by the Bot API */
		cursor_fail(cursor, "not a value of an update");
		return;
	}
}

bool scrub_update(struct scrubber *scrubber, struct text update, bool redact, struct buffer *out,
		  struct buffer *notes)
{
	struct cursor cursor = cursor_make(update.data, update.length);
	size_t size = out->size, notes_size = notes->size;
	struct walk *walk = xmalloc(sizeof(*walk));
	bool is_whole;

	walk->scrubber = scrubber;
	walk->json = json_start(out);
	walk->notes = notes;
	walk->redact = redact;
	write_value(walk, &cursor, update_type(), "");
	is_whole = cursor_end(&cursor, NULL);
	if (!is_whole) {
		out->size = size;
		notes->size = notes_size;
	}
	free(walk);
	return is_whole;
}
