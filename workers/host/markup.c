/* markup.c - parses a format's tags and references, and appends arguments as text. */
#include "workers/host/markup.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "workers/host/format.h"

static const struct reference {
	const char *name, *text;
} references[] = { { "&lt;", "<" }, { "&gt;", ">" }, { "&amp;", "&" }, { "&quot;", "\"" } };

#define ATTRIBUTES_MAX 2

/* name="value" in a tag; a name alone has the value "". */
struct attribute {
	const char *name;
	size_t length;
	const char *value;
};

struct attributes {
	struct attribute list[ATTRIBUTES_MAX];
	size_t count;
};

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

static bool is_character(unsigned long code)
{
	return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

/* "&#1234;" or "&#x4d2;". */
static bool take_number(struct parser *parser, struct markup *out)
{
	bool hex = parser->at[2] == 'x';
	const char *digits = parser->at + 2 + hex;
	char text[UTF8_CHARACTER_MAX];
	unsigned long code;
	char *end;

	if (!isxdigit((unsigned char)*digits))
		return false;
	code = strtoul(digits, &end, hex ? 16 : 10);
	if (*end != ';' || !is_character(code))
		return false;
	parser->at = end + 1;
	append(out, text, utf8_encode((uint32_t)code, text));
	return true;
}

/* At an &. */
static void append_reference(struct parser *parser, struct markup *out)
{
	for (size_t i = 0; i < COUNT_OF(references); i++) {
		size_t length = strlen(references[i].name);

		if (strncmp(parser->at, references[i].name, length) == 0) {
			parser->at += length;
			append(out, references[i].text, 1);
			return;
		}
	}
	if (parser->at[1] == '#' && take_number(parser, out))
		return;
	fail(parser->markup, "an & that does not begin one of &lt; &gt; &amp; &quot; &#number;");
	parser->at++;
}

/* --- tags ------------------------------------------------------------------------------------- */

void markup_add_entity(struct markup *markup, const struct entity *entity)
{
	markup->entities = grow(markup->arena, markup->entities, markup->entities_count, 1,
				&markup->entities_capacity, sizeof(struct entity));
	markup->entities[markup->entities_count++] = *entity;
}

static struct entity *open_entity(struct markup *markup, const char *type)
{
	markup->open[markup->open_count] = markup->entities_count;
	markup_add_entity(markup, &(struct entity) { .type = type, .offset = markup->units });
	return &markup->entities[markup->entities_count - 1];
}

static const char *find_value(const struct attributes *attributes, const char *name)
{
	for (size_t i = 0; i < attributes->count; i++)
		if (strlen(name) == attributes->list[i].length &&
		    memcmp(name, attributes->list[i].name, attributes->list[i].length) == 0)
			return attributes->list[i].value;
	return NULL;
}

static void open_plain(struct markup *markup, const char *type, const struct attributes *attributes)
{
	(void)attributes;
	open_entity(markup, type);
}

static void open_link(struct markup *markup, const char *type, const struct attributes *attributes)
{
	struct entity *entity = open_entity(markup, type);

	entity->field = "url";
	entity->value = find_value(attributes, "href");
	if (!entity->value)
		fail(markup, "<a> needs an href");
}

static void open_quote(struct markup *markup, const char *type, const struct attributes *attributes)
{
	open_entity(markup, find_value(attributes, "expandable") ? "expandable_blockquote" : type);
}

static bool is_number(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length < 20 && strspn(text, "0123456789") == length;
}

static void open_emoji(struct markup *markup, const char *type, const struct attributes *attributes)
{
	struct entity *entity = open_entity(markup, type);

	entity->field = "custom_emoji_id";
	entity->value = find_value(attributes, "emoji-id");
	if (!entity->value || !is_number(entity->value))
		fail(markup, "<tg-emoji> needs an emoji-id, which is a number");
}

bool markup_is_time_format(const char *format)
{
	if (strcmp(format, "r") == 0)
		return true;
	format += *format == 'w';
	format += *format == 'd' || *format == 'D';
	format += *format == 't' || *format == 'T';
	return *format == '\0';
}

static void open_time(struct markup *markup, const char *type, const struct attributes *attributes)
{
	struct entity *entity = open_entity(markup, type);
	const char *seconds = find_value(attributes, "unix");
	const char *format = find_value(attributes, "format");

	entity->field = "date_time_format";
	entity->value = format ? format : "";
	if (!seconds || !is_number(seconds))
		fail(markup, "<tg-time> needs unix, which is a number of seconds");
	else
		entity->unix_time = strtoll(seconds, NULL, 10);
	if (!markup_is_time_format(entity->value))
		fail(markup, "the format of <tg-time> is \"r\", or of \"w\", \"d\" or \"D\", and "
			     "\"t\" or \"T\"");
}

static void open_span(struct markup *markup, const char *type, const struct attributes *attributes)
{
	const char *class = find_value(attributes, "class");

	open_entity(markup, type);
	if (!class || strcmp(class, "tg-spoiler") != 0)
		fail(markup, "<span> needs class=\"tg-spoiler\"");
}

/* <pre><code class="language-c"> is a <pre> with a language. */
static void open_code(struct markup *markup, const char *type, const struct attributes *attributes)
{
	static const char prefix[] = "language-";
	const char *class = find_value(attributes, "class");
	struct entity *outer = NULL;

	if (markup->open_count && markup->open[markup->open_count - 1] != MARKUP_NO_ENTITY)
		outer = &markup->entities[markup->open[markup->open_count - 1]];
	if (!outer || strcmp(outer->type, "pre") != 0) {
		open_entity(markup, type);
		if (class)
			fail(markup, "<code> has a class only in <pre>");
		return;
	}
	markup->open[markup->open_count] = MARKUP_NO_ENTITY;
	if (!class)
		return;
	if (strncmp(class, prefix, strlen(prefix)) != 0)
		fail(markup, "the class of <code> begins with \"language-\"");
	outer->field = "language";
	outer->value = class + strlen(prefix);
}

typedef void open_fn(struct markup *markup, const char *type, const struct attributes *attributes);

/* Bot API, "HTML style". */
static const struct tag {
	const char *name, *type;
	open_fn *open;
	const char *attributes; /* that it may have, each between spaces */
} tags[] = {
	{ "a", "text_link", open_link, " href " },
	{ "b", "bold", open_plain, "" },
	{ "blockquote", "blockquote", open_quote, " expandable " },
	{ "code", "code", open_code, " class " },
	{ "del", "strikethrough", open_plain, "" },
	{ "em", "italic", open_plain, "" },
	{ "i", "italic", open_plain, "" },
	{ "ins", "underline", open_plain, "" },
	{ "pre", "pre", open_plain, "" },
	{ "s", "strikethrough", open_plain, "" },
	{ "span", "spoiler", open_span, " class " },
	{ "strike", "strikethrough", open_plain, "" },
	{ "strong", "bold", open_plain, "" },
	{ "tg-emoji", "custom_emoji", open_emoji, " emoji-id " },
	{ "tg-spoiler", "spoiler", open_plain, "" },
	{ "tg-time", "date_time", open_time, " unix format " },
	{ "u", "underline", open_plain, "" },
};

static const struct tag *find_tag(const char *name, size_t length)
{
	for (size_t i = 0; i < COUNT_OF(tags); i++)
		if (strlen(tags[i].name) == length && memcmp(tags[i].name, name, length) == 0)
			return &tags[i];
	return NULL;
}

/* The value of an attribute, up to its closing quote. */
static const char *take_value(struct parser *parser)
{
	struct markup value;

	markup_init(&value, parser->markup->arena);
	while (*parser->at && *parser->at != '"') {
		struct text text;

		if (*parser->at == '%') {
			text = take_conversion(parser);
			markup_add_text(&value, text.data, text.length);
		} else if (*parser->at == '&') {
			append_reference(parser, &value);
		} else {
			append(&value, parser->at++, 1);
		}
	}
	parser->at += *parser->at == '"';
	append(&value, "", 1);
	return value.text;
}

static void take_attributes(struct parser *parser, struct attributes *out)
{
	while (*parser->at == ' ') {
		struct attribute attribute = { .name = parser->at + 1, .value = "" };

		attribute.length = strcspn(attribute.name, " =>\"%<");
		parser->at = attribute.name + attribute.length;
		if (strncmp(parser->at, "=\"", 2) == 0) {
			parser->at += 2;
			attribute.value = take_value(parser);
		}
		if (out->count == ATTRIBUTES_MAX)
			fail(parser->markup, "a tag with too many attributes");
		else
			out->list[out->count++] = attribute;
	}
}

static void check_attributes(struct markup *markup, const struct tag *tag,
			     const struct attributes *attributes)
{
	for (size_t i = 0; i < attributes->count; i++) {
		const struct attribute *attribute = &attributes->list[i];
		const char *padded = arena_printf(markup->arena, " %.*s ", (int)attribute->length,
						  attribute->name);

		if (!strstr(tag->attributes, padded))
			fail(markup,
			     arena_printf(markup->arena, "<%s> has no attribute \"%.*s\"",
					  tag->name, (int)attribute->length, attribute->name));
	}
}

static void open_tag(struct parser *parser, const struct tag *tag)
{
	struct markup *markup = parser->markup;
	struct attributes attributes = { 0 };

	take_attributes(parser, &attributes);
	if (*parser->at != '>') {
		fail(markup, "unterminated tag");
		return;
	}
	parser->at++;
	if (markup->open_count == MARKUP_DEPTH_MAX) {
		fail(markup, "tags are nested too deep");
		return;
	}
	check_attributes(markup, tag, &attributes);
	tag->open(markup, tag->type, &attributes);
	markup->open_tags[markup->open_count++] = tag->name;
}

static void close_tag(struct parser *parser, const struct tag *tag)
{
	struct markup *markup = parser->markup;
	size_t last = markup->open_count - 1;

	if (*parser->at != '>') {
		fail(markup, "unterminated tag");
		return;
	}
	parser->at++;
	if (!markup->open_count || strcmp(markup->open_tags[last], tag->name) != 0) {
		fail(markup, "a closing tag without its opening one");
		return;
	}
	markup->open_count--;
	if (markup->open[last] != MARKUP_NO_ENTITY) {
		struct entity *entity = &markup->entities[markup->open[last]];

		entity->length = markup->units - entity->offset;
	}
}

/* `at` is after the `<`. */
static void take_tag(struct parser *parser)
{
	bool closing = *parser->at == '/';
	const char *name = parser->at + closing;
	size_t length = strcspn(name, " >\"%<");
	const struct tag *tag = find_tag(name, length);

	parser->at = name + length;
	if (!tag)
		fail(parser->markup, "a tag that Telegram does not know");
	else if (closing)
		close_tag(parser, tag);
	else
		open_tag(parser, tag);
}

void markup_add(struct markup *markup, const char *format, va_list arguments)
{
	struct parser parser = { .markup = markup, .at = format };
	struct text text;
	struct why why;
	size_t plain;

	if (!format_parse(format, &parser.format, &why) ||
	    !format_settle(&parser.format, arguments, parser.values, &why)) {
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
			append_reference(&parser, markup);
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

bool markup_is_blank(const struct markup *markup)
{
	size_t at = 0;

	while (at < markup->size && is_space(markup->text[at]))
		at++;
	return at == markup->size;
}

bool markup_end(struct markup *markup, bool may_be_blank)
{
	if (markup->open_count)
		fail(markup, "a tag is not closed");
	if (!may_be_blank && markup_is_blank(markup))
		fail(markup, "an empty text");
	return markup->fault[0] == '\0';
}
