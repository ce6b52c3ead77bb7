/* html.c - walks over the text, and opens and closes a tag where an entity begins and ends. */
#include "tests/modules/html.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/xalloc.h"

/* Bot API, "HTML style". */
static const struct tag {
	const char *type, *tag;
	const char *attribute, *field; /* the attribute, and the entity's field with its value */
} tags[] = {
	{ "bold", "b", NULL, NULL },
	{ "italic", "i", NULL, NULL },
	{ "underline", "u", NULL, NULL },
	{ "strikethrough", "s", NULL, NULL },
	{ "code", "code", NULL, NULL },
	{ "pre", "pre", "language", "language" },
	{ "blockquote", "blockquote", NULL, NULL },
	{ "expandable_blockquote", "blockquote expandable", NULL, NULL },
	{ "spoiler", "tg-spoiler", NULL, NULL },
	{ "text_link", "a", "href", "url" },
	{ "custom_emoji", "tg-emoji", "emoji-id", "custom_emoji_id" },
	{ "date_time", "tg-time", "format", "date_time_format" },
};

static const struct tag *tag_of(const json_t *entity)
{
	const char *type = json_string_value(json_object_get(entity, "type"));

	for (size_t i = 0; i < COUNT_OF(tags); i++)
		if (strcmp(tags[i].type, type) == 0)
			return &tags[i];
	panic("no tag for an entity of type %s", type);
}

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void append_character(char c, bool is_value, struct buffer *out)
{
	if (c == '<')
		buffer_append_text(out, "&lt;");
	else if (c == '>')
		buffer_append_text(out, "&gt;");
	else if (c == '&')
		buffer_append_text(out, "&amp;");
	else if (c == '"')
		buffer_append_text(out, is_value ? "&quot;" : "\"");
	else
		buffer_append_byte(out, (uint8_t)c);
}

static void open_tag(const json_t *entity, struct buffer *out)
{
	const struct tag *tag = tag_of(entity);
	const json_t *unix_time = json_object_get(entity, "unix_time");
	const char *value = tag->field ? json_string_value(json_object_get(entity, tag->field))
				       : NULL;

	buffer_printf(out, "<%s", tag->tag);
	if (unix_time)
		buffer_printf(out, " unix=\"%lld\"", (long long)json_integer_value(unix_time));
	if (value && value[0]) {
		buffer_printf(out, " %s=\"", tag->attribute);
		for (; *value; value++)
			append_character(*value, true, out);
		buffer_append_text(out, "\"");
	}
	buffer_append_text(out, ">");
}

static void open_tags(const json_t *entities, json_int_t unit, struct buffer *out)
{
	size_t i;
	const json_t *entity;

	json_array_foreach(entities, i, entity)
	{
		if (number(entity, "offset") == unit)
			open_tag(entity, out);
	}
}

/* The tags opened last are closed first. */
static void close_tags(const json_t *entities, json_int_t unit, struct buffer *out)
{
	for (size_t i = json_array_size(entities); i-- > 0;) {
		const json_t *entity = json_array_get(entities, i);
		const char *tag = tag_of(entity)->tag;

		if (number(entity, "offset") + number(entity, "length") == unit)
			buffer_printf(out, "</%.*s>", (int)strcspn(tag, " "), tag);
	}
}

void html_append(const json_t *body, const char *name, struct buffer *out)
{
	const char *text = json_string_value(json_object_get(body, name));
	const json_t *entities;
	char key[64] = "entities";
	json_int_t unit = 0;

	if (strcmp(name, "text") != 0 && strcmp(name, "message_text") != 0)
		snprintf(key, sizeof(key), "%s_entities", name);
	entities = json_object_get(body, key);
	for (const char *at = text; at && *at; at++) {
		unsigned char byte = (unsigned char)*at;

		if ((byte & 0xc0) != 0x80) {
			close_tags(entities, unit, out);
			open_tags(entities, unit, out);
			unit += byte >= 0xf0 ? 2 : 1;
		}
		append_character(*at, false, out);
	}
	close_tags(entities, unit, out);
}
