/* scrub.c - see scrub.h. A matcher by hand: POSIX regular expressions have no lookahead. */
#include "crashd/scrub.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/xalloc.h"

#define TOKEN_DIGITS_MIN 6
#define TOKEN_DIGITS_MAX 20
#define TOKEN_SECRET_MIN 30 /* Telegram's have 35; cut ones are secret too */
#define NOTES_MAX 32
#define NAME_MAX_LENGTH 127

/* In a pattern '?' stands for one of ". _-" or nothing. */
enum pattern_rule {
	PATTERN_ANYWHERE,
	PATTERN_NOT_AUTHOR, /* not before "or" or "ors" that ends a word */
	PATTERN_WORD,       /* between word boundaries or underscores */
	PATTERN_VERSION,    /* followed by digits and an underscore */
};

static const struct pattern {
	const char *text;
	enum pattern_rule rule;
} patterns[] = {
	{ "password", PATTERN_ANYWHERE },
	{ "passwd", PATTERN_ANYWHERE },
	{ "mysql_pwd", PATTERN_ANYWHERE },
	{ "secret", PATTERN_ANYWHERE },
	{ "auth", PATTERN_NOT_AUTHOR },
	{ "credential", PATTERN_ANYWHERE },
	{ "private?key", PATTERN_ANYWHERE },
	{ "api?key", PATTERN_ANYWHERE },
	{ "session", PATTERN_ANYWHERE },
	{ "cookie", PATTERN_ANYWHERE },
	{ "social?security", PATTERN_ANYWHERE },
	{ "credit?card", PATTERN_ANYWHERE },
	{ "logfire?token", PATTERN_ANYWHERE },
	{ "pylf_v", PATTERN_VERSION },
	{ "csrf", PATTERN_WORD },
	{ "xsrf", PATTERN_WORD },
	{ "jwt", PATTERN_WORD },
	{ "ssn", PATTERN_WORD },
};

/* Fields of the Bot API that hold what debugging never needs. */
static const char *const personal_keys[] = {
	"contact", "email", "invoice", "location", "passport_data", "phone_number",
};

/* Fields of the Bot API that hold what people write, or show it. */
static const char *const written_keys[] = {
	"bio",
	"caption",
	"caption_entities",
	"checklist",
	"description",
	"entities",
	"explanation",
	"explanation_entities",
	"link_preview_options",
	"options",
	"query",
	"question",
	"question_entities",
	"rich_message",
	"text",
	"text_entities",
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool is_token(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static char lower(char c)
{
	return (char)tolower((unsigned char)c);
}

/* How far the pattern's text reaches from `at`; 0 when it does not match. */
static size_t match_text(struct text text, size_t at, const char *pattern)
{
	size_t start = at;

	for (; *pattern; pattern++) {
		if (*pattern == '?') {
			if (at < text.length && strchr("._ -", text.data[at]) && text.data[at])
				at++;
			continue;
		}
		if (at >= text.length || lower(text.data[at]) != *pattern)
			return 0;
		at++;
	}
	return at - start;
}

static bool is_author(struct text text, size_t end)
{
	size_t length = match_text(text, end, "or");

	if (length == 0)
		return false;
	end += length;
	if (match_text(text, end, "s") && (end + 1 == text.length || !is_word(text.data[end + 1])))
		return true;
	return end == text.length || !is_word(text.data[end]);
}

static bool is_whole_word(struct text text, size_t start, size_t end)
{
	bool before = start == 0 || !isalnum((unsigned char)text.data[start - 1]);
	bool after = end == text.length || !isalnum((unsigned char)text.data[end]);

	return before && after;
}

static size_t match_version(struct text text, size_t end)
{
	size_t at = end;

	while (at < text.length && isdigit((unsigned char)text.data[at]))
		at++;
	return at > end && at < text.length && text.data[at] == '_' ? at + 1 : 0;
}

static size_t match_pattern(struct text text, size_t at, const struct pattern *pattern)
{
	size_t length = match_text(text, at, pattern->text);

	if (length == 0)
		return 0;
	switch (pattern->rule) {
	case PATTERN_ANYWHERE:
		return length;
	case PATTERN_NOT_AUTHOR:
		return is_author(text, at + length) ? 0 : length;
	case PATTERN_WORD:
		return is_whole_word(text, at, at + length) ? length : 0;
	case PATTERN_VERSION: {
		size_t end = match_version(text, at + length);

		return end ? end - at : 0;
	}
	}
	return 0;
}

struct text scrub_find(struct text text)
{
	for (size_t at = 0; at < text.length; at++)
		for (size_t i = 0; i < COUNT_OF(patterns); i++) {
			size_t length = match_pattern(text, at, &patterns[i]);

			if (length > 0)
				return (struct text) { text.data + at, length };
		}
	return (struct text) { NULL, 0 };
}

/* The length of a bot token at `at` (digits, a colon, the secret part), or 0. */
static size_t token_length(struct text text, size_t at)
{
	size_t digits = at, end;

	while (digits < text.length && isdigit((unsigned char)text.data[digits]))
		digits++;
	if (digits - at < TOKEN_DIGITS_MIN || digits - at > TOKEN_DIGITS_MAX)
		return 0;
	if (digits == text.length || text.data[digits] != ':')
		return 0;
	for (end = digits + 1; end < text.length && is_token(text.data[end]); end++)
		continue;
	return end - digits - 1 >= TOKEN_SECRET_MIN ? end - at : 0;
}

/* The length of "user:password@" at `at`, just after "://", or 0. */
static size_t userinfo_length(struct text text, size_t at)
{
	size_t end = at;

	if (at < 3 || memcmp(text.data + at - 3, "://", 3) != 0)
		return 0;
	while (end < text.length && !strchr("/@ \n\"'", text.data[end]))
		end++;
	return end < text.length && text.data[end] == '@' ? end - at : 0;
}

/* The length of a Logfire token at `at`, or 0. */
static size_t logfire_token_length(struct text text, size_t at)
{
	static const struct pattern prefix = { "pylf_v", PATTERN_VERSION };
	size_t end = at + match_pattern(text, at, &prefix);

	if (end == at)
		return 0;
	while (end < text.length && is_token(text.data[end]))
		end++;
	return end - at;
}

static size_t skip_chars(struct text text, size_t at, const char *chars)
{
	while (at < text.length && text.data[at] != '\0' && strchr(chars, text.data[at]))
		at++;
	return at;
}

static size_t end_of_word(struct text text, size_t at)
{
	while (at < text.length && !strchr(" \n\t\"',;&", text.data[at]))
		at++;
	return at;
}

/* The end of "Bearer " or "Basic " at `at`; `at` when neither is there. */
static size_t skip_scheme(struct text text, size_t at)
{
	size_t length = match_text(text, at, "bearer ");

	if (length == 0)
		length = match_text(text, at, "basic ");
	return at + length;
}

/* Finds the value of "password=…", "API_KEY: …", "Authorization: Bearer …" where the name begins at
 * `at`. A comparison ("session == NULL") and a place ("auth.c:12") are none. */
static struct text find_assigned(struct text text, size_t at)
{
	struct text none = { NULL, 0 };
	size_t length = 0, value, end;

	for (size_t i = 0; i < COUNT_OF(patterns) && length == 0; i++)
		length = match_pattern(text, at, &patterns[i]);
	if (length == 0)
		return none;
	for (at += length; at < text.length && is_token(text.data[at]); at++)
		continue;
	at = skip_chars(text, at, "\"' ");
	if (at + 1 >= text.length || !strchr("=:", text.data[at]) || text.data[at + 1] == '=')
		return none;
	value = skip_scheme(text, skip_chars(text, at + 1, "\"' "));
	end = end_of_word(text, value);
	return end > value ? (struct text) { text.data + value, end - value } : none;
}

/* The next secret that begins at `at` or whose name does; nil when there is none. */
static struct text find_secret(struct text text, size_t at)
{
	size_t length = token_length(text, at);

	if (length == 0)
		length = userinfo_length(text, at);
	if (length == 0)
		length = logfire_token_length(text, at);
	if (length > 0)
		return (struct text) { text.data + at, length };
	if (skip_scheme(text, at) > at) {
		size_t value = skip_scheme(text, at);

		length = end_of_word(text, value) - value;
		/* "basic block" is none */
		return (struct text) { length >= TOKEN_SECRET_MIN / 2 ? text.data + value : NULL,
				       length };
	}
	return find_assigned(text, at);
}

void scrub_copy(struct text text, struct buffer *out)
{
	size_t at = 0;

	while (at < text.length) {
		struct text secret = find_secret(text, at);
		size_t start;

		if (!secret.data) {
			buffer_append_byte(out, (uint8_t)text.data[at++]);
			continue;
		}
		start = (size_t)(secret.data - text.data);
		buffer_append(out, text.data + at, start - at);
		buffer_append_text(out, "[Scrubbed]");
		at = start + secret.length;
	}
}

/* --- the update ----------------------------------------------------------------------------- */

struct walk {
	struct json json;
	struct buffer *notes;
	bool redact;
	size_t note_count;
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
	struct text matched = scrub_find(text);
	struct buffer copy = { 0 };

	if (matched.data && matched.length < text.length) {
		write_scrubbed(walk, matched);
		return;
	}
	scrub_copy(text, &copy);
	json_text_n(&walk->json, buffer_text(&copy), buffer_unread_size(&copy));
	buffer_finish(&copy);
}

static bool is_listed(const char *const *list, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], key) == 0)
			return true;
	return false;
}

static void write_value(struct walk *walk, struct cursor *cursor);

static void write_member(struct walk *walk, struct cursor *cursor)
{
	struct text name = cursor_text(cursor);
	char *key = walk->path[walk->depth];
	struct text matched;

	snprintf(key, NAME_MAX_LENGTH + 1, "%.*s",
		 name.length < NAME_MAX_LENGTH ? (int)name.length : NAME_MAX_LENGTH,
		 name.data ? name.data : "");
	json_key(&walk->json, key);
	walk->depth++;
	matched = scrub_find((struct text) { key, strlen(key) });
	if (!matched.data && is_listed(personal_keys, COUNT_OF(personal_keys), key))
		matched = (struct text) { key, strlen(key) };
	if (matched.data) {
		cursor_skip(cursor);
		write_scrubbed(walk, matched);
	} else if (walk->redact && is_listed(written_keys, COUNT_OF(written_keys), key)) {
		cursor_skip(cursor);
		json_text(&walk->json, "[removed]");
	} else {
		write_value(walk, cursor);
	}
	walk->depth--;
}

static void write_map(struct walk *walk, struct cursor *cursor)
{
	size_t count = cursor_map(cursor);

	json_object_start(&walk->json);
	for (size_t i = 0; i < count && cursor_ok(cursor); i++)
		write_member(walk, cursor);
	json_object_end(&walk->json);
}

static void write_array(struct walk *walk, struct cursor *cursor)
{
	size_t count = cursor_array(cursor);
	char *index = walk->path[walk->depth++];

	json_array_start(&walk->json);
	for (size_t i = 0; i < count && cursor_ok(cursor); i++) {
		snprintf(index, NAME_MAX_LENGTH + 1, "%zu", i);
		write_value(walk, cursor);
	}
	json_array_end(&walk->json);
	walk->depth--;
}

static void write_value(struct walk *walk, struct cursor *cursor)
{
	if (walk->depth + 1 >= PACK_DEPTH_MAX) {
		cursor_fail(cursor, "nested too deep");
		return;
	}
	switch (cursor_type(cursor)) {
	case PACK_MAP:
		write_map(walk, cursor);
		return;
	case PACK_ARRAY:
		write_array(walk, cursor);
		return;
	case PACK_TEXT:
		write_text(walk, cursor_text(cursor));
		return;
	case PACK_NONE:
	case PACK_EXT:
	case PACK_BYTES: /* the Bot API has none */
		cursor_fail(cursor, "not a value of an update");
		return;
	case PACK_NIL:
	case PACK_BOOL:
	case PACK_INT:
	case PACK_UINT:
	case PACK_DOUBLE:
		if (!json_from_pack(&walk->json, cursor))
			cursor_fail(cursor, "not a value of an update");
		return;
	}
}

bool scrub_update(struct text update, bool redact, struct buffer *out, struct buffer *notes)
{
	struct cursor cursor = cursor_make(update.data, update.length);
	size_t size = out->size, notes_size = notes->size;
	struct walk *walk = xmalloc(sizeof(*walk));
	bool is_whole;

	walk->json = json_start(out);
	walk->notes = notes;
	walk->redact = redact;
	write_value(walk, &cursor);
	is_whole = cursor_end(&cursor, NULL);
	if (!is_whole) {
		out->size = size;
		notes->size = notes_size;
	}
	free(walk);
	return is_whole;
}
