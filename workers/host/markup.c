/* markup.c - parses a format's tags and references, appends arguments as text, and cuts the result
 * into parts. */
#include "workers/host/markup.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/utf8.h"
#include "workers/host/format.h"

static const struct tag {
	const char *name, *type;
} tags[] = {
	{ "a", "text_link" },
	{ "b", "bold" },
	{ "blockquote", "blockquote" },
	{ "code", "code" },
	{ "i", "italic" },
	{ "pre", "pre" },
	{ "s", "strikethrough" },
	{ "tg-spoiler", "spoiler" },
	{ "u", "underline" },
};

static const struct reference {
	const char *name, *text;
} references[] = { { "&lt;", "<" }, { "&gt;", ">" }, { "&amp;", "&" }, { "&quot;", "\"" } };

/* The state of markup_add() within a format. */
struct parser {
	struct markup *markup;
	const char *at;
	struct format format;
	union format_value values[FORMAT_CONVERSIONS_MAX];
	size_t next; /* conversion */
};

void markup_init(struct markup *markup, struct arena *arena)
{
	*markup = (struct markup) { .arena = arena, .fault = "" };
}

static void fail(struct markup *markup, const char *fault)
{
	if (markup->fault[0] == '\0')
		markup->fault = arena_strdup(markup->arena, fault);
}

/* Room for `more` elements after `used` ones; the old memory stays in the arena. */
static void *grow(struct arena *arena, void *old, size_t used, size_t more, size_t *capacity,
		  size_t element)
{
	void *new;

	if (used + more <= *capacity)
		return old;
	*capacity = 2 * (used + more) + 16;
	new = arena_alloc(arena, *capacity * element);
	if (used)
		memcpy(new, old, used * element);
	return new;
}

static void append(struct markup *markup, const char *text, size_t size)
{
	if (size == 0)
		return;
	markup->text = grow(markup->arena, markup->text, markup->size, size, &markup->capacity, 1);
	memcpy(markup->text + markup->size, text, size);
	markup->size += size;
	markup->units += utf8_units(text, size);
}

void markup_add_text(struct markup *markup, const char *text, size_t size)
{
	size_t good = 0;

	while (good < size) {
		size_t length = utf8_character(text + good, size - good);

		if (length) {
			good += length;
			continue;
		}
		append(markup, text, good);
		append(markup, UTF8_REPLACEMENT, UTF8_REPLACEMENT_SIZE);
		text += good + 1;
		size -= good + 1;
		good = 0;
	}
	append(markup, text, size);
}

static struct text take_conversion(struct parser *parser)
{
	size_t i = parser->next++;
	const struct conversion *conversion = &parser->format.conversions[i];

	parser->at = conversion->start + conversion->length;
	return format_render(conversion, &parser->values[i], parser->markup->arena);
}

/* NULL when there is none at the format's position. */
static const struct reference *take_reference(struct parser *parser)
{
	for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
		size_t length = strlen(references[i].name);

		if (strncmp(parser->at, references[i].name, length) == 0) {
			parser->at += length;
			return &references[i];
		}
	}
	fail(parser->markup, "an & that does not begin one of &lt; &gt; &amp; &quot;");
	parser->at++;
	return NULL;
}

static void open_entity(struct markup *markup, const struct tag *tag, const char *url)
{
	if (markup->open_count == MARKUP_DEPTH_MAX) {
		fail(markup, "tags are nested too deep");
		return;
	}
	markup->entities = grow(markup->arena, markup->entities, markup->entities_count, 1,
				&markup->entities_capacity, sizeof(struct entity));
	markup->entities[markup->entities_count] = (struct entity) { .type = tag->type,
								     .offset = markup->units,
								     .url = url };
	markup->open_tags[markup->open_count] = tag->name;
	markup->open[markup->open_count++] = markup->entities_count++;
}

static void close_entity(struct markup *markup, const char *name, size_t length)
{
	struct entity *entity;
	const char *open = markup->open_count ? markup->open_tags[markup->open_count - 1] : "";

	if (strlen(open) != length || memcmp(open, name, length) != 0) {
		fail(markup, "a closing tag without its opening one");
		return;
	}
	entity = &markup->entities[markup->open[--markup->open_count]];
	entity->length = markup->units - entity->offset;
}

/* The value of href, up to its closing quote. */
static const char *take_url(struct parser *parser)
{
	struct markup url;

	markup_init(&url, parser->markup->arena);
	while (*parser->at && *parser->at != '"') {
		const struct reference *reference = NULL;
		struct text text;

		if (*parser->at == '%') {
			text = take_conversion(parser);
			markup_add_text(&url, text.data, text.length);
		} else if (*parser->at == '&') {
			reference = take_reference(parser);
			if (reference)
				append(&url, reference->text, 1);
		} else {
			append(&url, parser->at++, 1);
		}
	}
	append(&url, "", 1);
	return url.text;
}

static const struct tag *find_tag(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (strlen(tags[i].name) == length && memcmp(tags[i].name, name, length) == 0)
			return &tags[i];
	return NULL;
}

/* `at` is after the `<`. */
static void take_tag(struct parser *parser)
{
	static const char href[] = " href=\"";
	bool closing = *parser->at == '/';
	const char *name = parser->at + closing;
	size_t length = strcspn(name, " >\"%<");
	const struct tag *tag = find_tag(name, length);
	const char *url = NULL;

	parser->at = name + length;
	if (!tag) {
		fail(parser->markup, "a tag that Telegram does not know");
		return;
	}
	if (closing) {
		close_entity(parser->markup, name, length);
	} else {
		if (strncmp(parser->at, href, strlen(href)) == 0) {
			parser->at += strlen(href);
			url = take_url(parser);
			parser->at += *parser->at == '"';
		}
		if ((url != NULL) != (strcmp(tag->name, "a") == 0))
			fail(parser->markup, "href belongs to <a>, and <a> needs it");
		open_entity(parser->markup, tag, url);
	}
	if (*parser->at == '>')
		parser->at++;
	else
		fail(parser->markup, "unterminated tag");
}

void markup_add(struct markup *markup, const char *format, va_list arguments)
{
	struct parser parser = { .markup = markup, .at = format };
	const struct reference *reference;
	struct text text;
	struct why why;
	size_t plain;

	if (!format_parse(format, &parser.format, &why) ||
	    !format_take(&parser.format, arguments, parser.values, &why)) {
		fail(markup, why.text);
		return;
	}
	while (*parser.at) {
		switch (*parser.at) {
		case '%':
			text = take_conversion(&parser);
			markup_add_text(markup, text.data, text.length);
			break;
		case '&':
			reference = take_reference(&parser);
			if (reference)
				append(markup, reference->text, 1);
			break;
		case '<':
			parser.at++;
			take_tag(&parser);
			break;
		default:
			plain = strcspn(parser.at, "%&<");
			markup_add_text(markup, parser.at, plain);
			parser.at += plain;
		}
		if (markup->fault[0] != '\0')
			return;
	}
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool markup_end(struct markup *markup)
{
	size_t at = 0;

	if (markup->open_count)
		fail(markup, "a tag is not closed");
	while (at < markup->size && is_space(markup->text[at]))
		at++;
	if (at == markup->size)
		fail(markup, "an empty text");
	return markup->fault[0] == '\0';
}

/* --- parts ------------------------------------------------------------------------------------ */

/* Where to cut so that at most `fits` bytes come before: after the last line, else after the last
 * word, else right there. A cut in the first half would leave too little. */
static size_t find_cut(const char *text, size_t fits)
{
	for (size_t i = fits; i > fits / 2; i--)
		if (text[i - 1] == '\n')
			return i;
	for (size_t i = fits; i > fits / 2; i--)
		if (text[i - 1] == ' ')
			return i;
	return fits;
}

/* The units before the place where entity number MARKUP_ENTITIES_MAX of the part would begin. */
static size_t units_with_room(const struct markup *markup, size_t start)
{
	size_t count = 0;

	for (size_t i = 0; i < markup->entities_count; i++) {
		const struct entity *entity = &markup->entities[i];

		if (entity->offset + entity->length <= start)
			continue;
		if (++count > MARKUP_ENTITIES_MAX && entity->offset > start)
			return entity->offset - start;
	}
	return MARKUP_TEXT_UNITS;
}

/* Telegram drops white space at both ends: a part must not consist of it, nor count it. */
static void drop_spaces(const struct markup *markup, struct markup_part *part)
{
	while (part->size && is_space(markup->text[part->start + part->size - 1])) {
		part->size--;
		part->units--;
	}
}

static void skip_spaces(const struct markup *markup, struct markup_part *at)
{
	while (at->start < markup->size && is_space(markup->text[at->start])) {
		at->start++;
		at->start_units++;
	}
}

bool markup_next_part(const struct markup *markup, struct markup_part *at, struct markup_part *out)
{
	size_t left, room;

	skip_spaces(markup, at);
	if (at->start == markup->size)
		return false;
	*out = *at;
	left = markup->size - at->start;
	room = units_with_room(markup, at->start_units);
	if (room > MARKUP_TEXT_UNITS)
		room = MARKUP_TEXT_UNITS;
	out->size = utf8_prefix(markup->text + at->start, left, room);
	if (out->size < left)
		out->size = find_cut(markup->text + at->start, out->size);
	out->units = utf8_units(markup->text + out->start, out->size);
	at->start += out->size;
	at->start_units += out->units;
	drop_spaces(markup, out);
	return true;
}

size_t markup_prefix(const struct markup *markup, size_t units)
{
	return utf8_prefix(markup->text, markup->size, units);
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void write_entity(const struct entity *entity, size_t offset, size_t length,
			 struct json *json)
{
	json_object_start(json);
	json_key_text(json, "type", entity->type);
	json_key_int(json, "offset", (int64_t)offset);
	json_key_int(json, "length", (int64_t)length);
	if (entity->url)
		json_key_text(json, "url", entity->url);
	json_object_end(json);
}

void markup_write_part(const struct markup *markup, const struct markup_part *part,
		       struct json *json)
{
	size_t end = part->start_units + part->units;
	bool any = false;

	json_key(json, "text");
	json_text_n(json, markup->text + part->start, part->size);
	for (size_t i = 0; i < markup->entities_count; i++) {
		const struct entity *entity = &markup->entities[i];
		size_t from = larger(entity->offset, part->start_units);
		size_t to = smaller(entity->offset + entity->length, end);

		if (from >= to)
			continue;
		if (!any) {
			json_key(json, "entities");
			json_array_start(json);
			any = true;
		}
		write_entity(entity, from - part->start_units, to - from, json);
	}
	if (any)
		json_array_end(json);
}
