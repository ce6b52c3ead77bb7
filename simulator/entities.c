#include "simulator/entities.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/buffer.h"
#include "common/utf8.h"
#include "simulator/ascii.h"

#define OPEN_MAX 64

static const struct {
	const char *tag;
	const char *type;
} tags[] = {
	{ "a", "text_link" },
	{ "b", "bold" },
	{ "strong", "bold" },
	{ "i", "italic" },
	{ "em", "italic" },
	{ "s", "strikethrough" },
	{ "strike", "strikethrough" },
	{ "del", "strikethrough" },
	{ "u", "underline" },
	{ "ins", "underline" },
	{ "tg-spoiler", "spoiler" },
	{ "span", "spoiler" },
	{ "tg-emoji", "custom_emoji" },
	{ "tg-time", "date_time" },
	{ "pre", "pre" },
	{ "code", "code" },
	{ "blockquote", "blockquote" },
};

/* A tag that is open. */
struct open_tag {
	size_t tag; /* index in tags[] */
	const char *argument;
	int64_t unix_time;
	size_t offset; /* UTF-16 units of the text before it */
	size_t start;  /* bytes of the text before it */
};

struct parser {
	const char *html;
	size_t at, length;
	struct arena *arena;
	struct buffer text;
	size_t units;
	struct open_tag open[OPEN_MAX];
	size_t open_count;
	struct formatted *out;
	struct why *why;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0' || c == '\v';
}

static bool is_alpha(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* '\0' at the end. */
static char peek(const struct parser *parser)
{
	return parser->at < parser->length ? parser->html[parser->at] : '\0';
}

static void skip_blanks(struct parser *parser)
{
	while (parser->at < parser->length && is_blank(parser->html[parser->at]))
		parser->at++;
}

static unsigned named_reference(const char *name, size_t length)
{
	static const struct {
		const char *name;
		char character;
	} names[] = { { "lt", '<' }, { "gt", '>' }, { "amp", '&' }, { "quot", '"' } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) == length && !memcmp(names[i].name, name, length))
			return (unsigned char)names[i].character;
	}
	return 0;
}

/* A character reference at '&': its code point, and its bytes in *size; 0 when it is none. The
 * semicolon may be missing. */
static unsigned reference(const char *at, const char *end, size_t *size)
{
	const char *from = at + 1;
	unsigned code = 0;

	if (from < end && *from == '#') {
		bool hex = from + 1 < end && from[1] == 'x';

		for (from += hex ? 2 : 1; from < end && from - at < 10; from++) {
			if (is_digit(*from))
				code = code * (hex ? 16 : 10) + (unsigned)(*from - '0');
			else if (hex && (*from | 0x20) >= 'a' && (*from | 0x20) <= 'f')
				code = code * 16 + (unsigned)((*from | 0x20) - 'a' + 10);
			else
				break;
		}
		if (code >= 0x10ffff || from - at >= 10 || (code >= 0xd800 && code <= 0xdfff))
			return 0;
	} else {
		while (from < end && is_alpha(*from))
			from++;
		code = named_reference(at + 1, (size_t)(from - at - 1));
	}
	*size = (size_t)(from - at) + (from < end && *from == ';' ? 1 : 0);
	return code;
}

static const char *lower(struct arena *arena, const char *from, size_t length)
{
	char *copy = arena_strndup(arena, from, length);

	for (size_t i = 0; i < length; i++) {
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] |= 0x20;
	}
	return copy;
}

static bool find_tag(const char *name, size_t *out)
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (!strcmp(tags[i].tag, name)) {
			*out = i;
			return true;
		}
	}
	return false;
}

static const char *decode_value(struct arena *arena, const char *from, const char *end)
{
	struct buffer value = { 0 };
	const char *copy;

	while (from < end) {
		size_t size;
		unsigned code = *from == '&' ? reference(from, end, &size) : 0;

		if (code) {
			utf8_append(&value, code);
			from += size;
		} else {
			buffer_append_byte(&value, (uint8_t)*from++);
		}
	}
	copy = arena_strdup(arena, buffer_text(&value));
	buffer_finish(&value);
	return copy;
}

/* A value in quotes or a bare name token, at the parser's place. */
static bool attribute_value(struct parser *parser, size_t tag_start, const char **out)
{
	char quote = peek(parser);
	size_t start = parser->at;

	if (quote == '"' || quote == '\'') {
		const char *from = parser->html + ++parser->at;
		const char *end = memchr(from, quote, parser->length - parser->at);

		if (!end || (size_t)(end + 1 - parser->html) >= parser->length)
			return why_set(parser->why, "Unclosed start tag at byte offset %zu",
				       tag_start);
		*out = decode_value(parser->arena, from, end);
		parser->at = (size_t)(end + 1 - parser->html);
		return true;
	}
	while (is_alpha(peek(parser)) || is_digit(peek(parser)) || peek(parser) == '.' ||
	       peek(parser) == '-')
		parser->at++;
	if (parser->at < parser->length && !is_blank(peek(parser)) && peek(parser) != '>')
		return why_set(parser->why, "Unexpected end of name token at byte offset %zu",
			       start);
	if (parser->at == parser->length)
		return why_set(parser->why, "Unclosed start tag at byte offset %zu", tag_start);
	*out = lower(parser->arena, parser->html + start, parser->at - start);
	return true;
}

static void take_attribute(struct open_tag *open, const char *name, size_t length,
			   const char *value)
{
	const char *tag = tags[open->tag].tag;
	bool is_class = length == 5 && !memcmp(name, "class", 5);

	if (!strcmp(tag, "a") && length == 4 && !memcmp(name, "href", 4))
		open->argument = value;
	else if (!strcmp(tag, "code") && is_class && !strncmp(value, "language-", 9))
		open->argument = value + 9;
	else if (!strcmp(tag, "span") && is_class && !strncmp(value, "tg-", 3))
		open->argument = value + 3;
	else if (!strcmp(tag, "tg-emoji") && length == 8 && !memcmp(name, "emoji-id", 8))
		open->argument = value;
	else if (!strcmp(tag, "blockquote") && length == 10 && !memcmp(name, "expandable", 10))
		open->argument = "1";
	else if (!strcmp(tag, "tg-time") && length == 4 && !memcmp(name, "unix", 4))
		open->unix_time = strtoll(value, NULL, 10);
	else if (!strcmp(tag, "tg-time") && length == 6 && !memcmp(name, "format", 6))
		open->argument = value;
}

/* One attribute; the parser is at its name. */
static bool attribute(struct parser *parser, struct open_tag *open, size_t tag_start)
{
	const char *tag = tags[open->tag].tag;
	const char *name = parser->html + parser->at;
	const char *value = "";
	size_t length;

	while (peek(parser) && !is_blank(peek(parser)) && !strchr("=>/\"'", peek(parser)))
		parser->at++;
	length = (size_t)(parser->html + parser->at - name);
	if (length == 0 && parser->at < parser->length)
		return why_set(parser->why,
			       "Empty attribute name in the tag \"%s\" at byte offset %zu", tag,
			       tag_start);
	skip_blanks(parser);
	if (parser->at == parser->length)
		return why_set(parser->why, "Unclosed start tag \"%s\" at byte offset %zu", tag,
			       tag_start);
	if (peek(parser) == '=') {
		parser->at++;
		skip_blanks(parser);
		if (parser->at == parser->length)
			return why_set(parser->why, "Unclosed start tag \"%s\" at byte offset %zu",
				       tag, tag_start);
		if (!attribute_value(parser, tag_start, &value))
			return false;
	}
	take_attribute(open, name, length, value);
	return true;
}

static bool start_tag(struct parser *parser)
{
	size_t start = parser->at++;
	struct open_tag open = { .offset = parser->units, .start = parser->text.size };
	const char *name;

	while (parser->at < parser->length && !is_blank(peek(parser)) && peek(parser) != '>')
		parser->at++;
	if (parser->at == parser->length)
		return why_set(parser->why, "Unclosed start tag at byte offset %zu", start);
	name = lower(parser->arena, parser->html + start + 1, parser->at - start - 1);
	if (!find_tag(name, &open.tag))
		return why_set(parser->why, "Unsupported start tag \"%s\" at byte offset %zu", name,
			       start);
	for (skip_blanks(parser); peek(parser) != '>'; skip_blanks(parser)) {
		if (!attribute(parser, &open, start))
			return false;
	}
	parser->at++;
	if (!strcmp(name, "span") && (!open.argument || strcmp(open.argument, "spoiler") != 0))
		return why_set(parser->why,
			       "Tag \"span\" must have class \"tg-spoiler\" at byte offset %zu",
			       start);
	if (parser->open_count == OPEN_MAX)
		return why_set(parser->why, "Too many nested tags at byte offset %zu", start);
	parser->open[parser->open_count++] = open;
	return true;
}

/* A link without a scheme gets http://; one without a dot is no link. */
static const char *checked_link(struct arena *arena, const char *url)
{
	if (strpbrk(url, " \n") || !*url)
		return NULL;
	if (strstr(url, "://") || !strncmp(url, "mailto:", 7) || !strncmp(url, "tel:", 4))
		return url;
	return strchr(url, '.') ? arena_printf(arena, "http://%s", url) : NULL;
}

static bool finish_link(struct parser *parser, const struct open_tag *open, struct entity *entity)
{
	const char *url = open->argument;

	if (!url || !*url)
		url = arena_strndup(parser->arena, (char *)parser->text.data + open->start,
				    parser->text.size - open->start);
	if (!strncmp(url, "tg://user?id=", 13) && strtoll(url + 13, NULL, 10) > 0) {
		entity->type = "text_mention";
		entity->argument = url + 13;
		return true;
	}
	entity->argument = checked_link(parser->arena, url);
	return entity->argument != NULL;
}

/* <pre><code class="language-x">…</code></pre> is one entity. */
static bool joins_pre(struct parser *parser, struct entity *entity)
{
	struct formatted *out = parser->out;
	struct entity *last = out->count ? &out->entities[out->count - 1] : NULL;

	if (!last || last->offset != entity->offset || last->length != entity->length)
		return false;
	if (!strcmp(entity->type, "pre") && !strcmp(last->type, "code") && last->argument) {
		last->type = "pre";
		return true;
	}
	if (!strcmp(entity->type, "code") && !strcmp(last->type, "pre") && entity->argument) {
		last->argument = entity->argument;
		return true;
	}
	return false;
}

static bool add_entity(struct parser *parser, const struct open_tag *open)
{
	struct entity entity = { tags[open->tag].type, open->offset, parser->units - open->offset,
				 open->argument, open->unix_time };

	if (entity.length == 0 || parser->out->count == ENTITIES_MAX)
		return true;
	if (!strcmp(entity.type, "text_link") && !finish_link(parser, open, &entity))
		return true;
	if (!strcmp(entity.type, "custom_emoji") &&
	    (!entity.argument || strtoll(entity.argument, NULL, 10) == 0))
		return why_set(parser->why, "Invalid custom emoji identifier specified");
	if (!strcmp(entity.type, "date_time") && entity.unix_time <= 0)
		return true;
	if (!strcmp(entity.type, "blockquote") && entity.argument)
		entity.type = "expandable_blockquote";
	if (!joins_pre(parser, &entity))
		parser->out->entities[parser->out->count++] = entity;
	return true;
}

static bool end_tag(struct parser *parser)
{
	size_t start = parser->at;
	const struct open_tag *open;
	const char *name;

	if (parser->open_count == 0)
		return why_set(parser->why, "Unexpected end tag at byte offset %zu", start);
	parser->at += 2;
	while (parser->at < parser->length && !is_blank(peek(parser)) && peek(parser) != '>')
		parser->at++;
	name = lower(parser->arena, parser->html + start + 2, parser->at - start - 2);
	skip_blanks(parser);
	if (peek(parser) != '>')
		return why_set(parser->why, "Unclosed end tag at byte offset %zu", start);
	parser->at++;
	open = &parser->open[--parser->open_count];
	if (*name && strcmp(name, tags[open->tag].tag) != 0)
		return why_set(parser->why,
			       "Unmatched end tag at byte offset %zu, expected \"</%s>\", "
			       "found \"</%s>\"",
			       start, tags[open->tag].tag, name);
	return add_entity(parser, open);
}

static void plain_character(struct parser *parser)
{
	const char *at = parser->html + parser->at;
	size_t size = 1;
	unsigned code = *at == '&' ? reference(at, parser->html + parser->length, &size) : 0;

	if (code) {
		utf8_append(&parser->text, code);
		parser->units += code > 0xffff ? 2 : 1;
		parser->at += size;
		return;
	}
	buffer_append_byte(&parser->text, (uint8_t)*at);
	parser->units += utf8_units(at, 1);
	parser->at++;
}

static bool parse(struct parser *parser)
{
	while (parser->at < parser->length) {
		if (peek(parser) != '<') {
			plain_character(parser);
			continue;
		}
		if (parser->at + 1 < parser->length && parser->html[parser->at + 1] == '/') {
			if (!end_tag(parser))
				return false;
		} else if (!start_tag(parser)) {
			return false;
		}
	}
	if (parser->open_count > 0)
		return why_set(parser->why, "Can't find end tag corresponding to start tag \"%s\"",
			       tags[parser->open[parser->open_count - 1].tag].tag);
	return true;
}

static int by_offset(const void *left, const void *right)
{
	const struct entity *a = left;
	const struct entity *b = right;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return a->length > b->length ? -1 : a->length < b->length ? 1 : 0;
}

/* Telegram drops white space around a text; entities keep to what is left. */
static void trim(struct formatted *formatted)
{
	size_t start = 0;
	size_t kept = 0;
	size_t units;

	while (start < formatted->length && is_blank(formatted->text[start]))
		start++;
	while (formatted->length > start && is_blank(formatted->text[formatted->length - 1]))
		formatted->text[--formatted->length] = '\0';
	formatted->text += start;
	formatted->length -= start;
	units = utf8_units(formatted->text, formatted->length);
	for (size_t i = 0; i < formatted->count; i++) {
		struct entity entity = formatted->entities[i];
		size_t end = entity.offset + entity.length;

		end = end < start ? 0 : end - start < units ? end - start : units;
		entity.offset = entity.offset < start ? 0 : entity.offset - start;
		if (end <= entity.offset)
			continue;
		entity.length = end - entity.offset;
		formatted->entities[kept++] = entity;
	}
	formatted->count = kept;
}

bool entities_parse_html(const char *html, size_t length, struct arena *arena,
			 struct formatted *out, struct why *why)
{
	struct parser parser = {
		.html = html, .length = length, .arena = arena, .out = out, .why = why
	};
	bool ok;

	out->count = 0;
	ok = parse(&parser);
	if (ok) {
		out->length = parser.text.size;
		out->text = arena_strndup(arena, buffer_text(&parser.text), out->length);
		trim(out);
	}
	buffer_finish(&parser.text);
	return ok;
}

void entities_plain(const char *text, size_t length, struct arena *arena, struct formatted *out)
{
	out->text = arena_strndup(arena, text, length);
	out->length = length;
	out->count = 0;
	trim(out);
}

static bool is_word(char c)
{
	return is_alpha(c) || is_digit(c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Bytes of a command, mention, hashtag or link at `at`; 0 when there is none. */
static size_t found_length(const char *at, const char *end, const char **type)
{
	size_t length = 1;
	size_t least;

	if (end - at > 8 && (!strncmp(at, "http://", 7) || !strncmp(at, "https://", 8))) {
		while (at + length < end && !is_blank(at[length]) && at[length] != '<')
			length++;
		*type = "url";
		return length;
	}
	if (*at == '/')
		*type = "bot_command", least = 2;
	else if (*at == '@')
		*type = "mention", least = 5;
	else if (*at == '#')
		*type = "hashtag", least = 2;
	else
		return 0;
	while (at + length < end && is_word(at[length]))
		length++;
	if (*at == '/' && length > 1 && at + length < end && at[length] == '@') {
		size_t name = length + 1;

		while (at + name < end && is_word(at[name]))
			name++;
		length = name > length + 3 ? name : length;
	}
	return length >= least ? length : 0;
}

static bool is_taken(const struct formatted *formatted, size_t given, size_t offset, size_t length)
{
	for (size_t i = 0; i < given; i++) {
		const struct entity *entity = &formatted->entities[i];

		if (offset < entity->offset + entity->length && entity->offset < offset + length &&
		    (!strcmp(entity->type, "code") || !strcmp(entity->type, "pre") ||
		     !strncmp(entity->type, "text_", 5)))
			return true;
	}
	return false;
}

void entities_detect(struct formatted *formatted, struct arena *arena)
{
	const char *end = formatted->text + formatted->length;
	size_t given = formatted->count;
	size_t units = 0;

	(void)arena;
	for (const char *at = formatted->text; at < end;) {
		const char *type;
		bool boundary = at == formatted->text || !is_word(at[-1]);
		size_t length = strchr("/@#h", *at) && boundary ? found_length(at, end, &type) : 0;

		if (length > 0) {
			size_t size = utf8_units(at, length);

			if (formatted->count < ENTITIES_MAX &&
			    !is_taken(formatted, given, units, size))
				formatted->entities[formatted->count++] = (struct entity) {
					type, units, size, NULL, 0
				};
			units += size;
			at += length;
			continue;
		}
		units += utf8_units(at, 1);
		at++;
	}
	if (formatted->count > 1)
		qsort(formatted->entities, formatted->count, sizeof(struct entity), by_offset);
}

void entities_write(struct json *json, const struct formatted *formatted)
{
	json_array_start(json);
	for (size_t i = 0; i < formatted->count; i++) {
		const struct entity *entity = &formatted->entities[i];

		json_object_start(json);
		json_key_int(json, "offset", (int64_t)entity->offset);
		json_key_int(json, "length", (int64_t)entity->length);
		json_key_text(json, "type", entity->type);
		if (!strcmp(entity->type, "text_link"))
			ascii_key_text(json, "url", entity->argument);
		else if (!strcmp(entity->type, "custom_emoji"))
			ascii_key_text(json, "custom_emoji_id", entity->argument);
		else if (!strcmp(entity->type, "pre") && entity->argument)
			ascii_key_text(json, "language", entity->argument);
		else if (!strcmp(entity->type, "date_time"))
			ascii_key_text(json, "date_time_format",
				       entity->argument ? entity->argument : "");
		else if (!strcmp(entity->type, "text_mention"))
			json_key_int(json, "user", strtoll(entity->argument, NULL, 10));
		if (entity->unix_time)
			json_key_int(json, "unix_time", entity->unix_time);
		json_object_end(json);
	}
	json_array_end(json);
}
