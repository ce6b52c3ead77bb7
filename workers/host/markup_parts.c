/* markup_parts.c - cuts at lines, words and characters; entities are cut along. */
#include "workers/host/markup_parts.h"

#include <stdio.h>
#include <string.h>

#include "common/utf8.h"

/* Telegram drops white space at both ends. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

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

/* A part must not consist of it, nor count it. */
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

bool markup_next_part(const struct markup *markup, size_t units, struct markup_part *at,
		      struct markup_part *out)
{
	size_t left, room;

	skip_spaces(markup, at);
	if (at->start == markup->size)
		return false;
	*out = *at;
	left = markup->size - at->start;
	room = units_with_room(markup, at->start_units);
	if (room > units)
		room = units;
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
	if (entity->field)
		json_key_text(json, entity->field, entity->value);
	if (strcmp(entity->type, "date_time") == 0)
		json_key_int(json, "unix_time", entity->unix_time);
	json_object_end(json);
}

void markup_write_part_as(const struct markup *markup, const struct markup_part *part,
			  const char *name, const char *entities, struct json *json)
{
	size_t end = part->start_units + part->units;
	bool any = false;

	json_key(json, name);
	json_text_n(json, markup->text + part->start, part->size);
	for (size_t i = 0; i < markup->entities_count; i++) {
		const struct entity *entity = &markup->entities[i];
		size_t from = larger(entity->offset, part->start_units);
		size_t to = smaller(entity->offset + entity->length, end);

		if (from >= to)
			continue;
		if (!any) {
			json_key(json, entities);
			json_array_start(json);
			any = true;
		}
		write_entity(entity, from - part->start_units, to - from, json);
	}
	if (any)
		json_array_end(json);
}

void markup_write_part(const struct markup *markup, const struct markup_part *part,
		       const char *name, struct json *json)
{
	char entities[64] = "entities";

	if (strcmp(name, "text") != 0)
		snprintf(entities, sizeof(entities), "%s_entities", name);
	markup_write_part_as(markup, part, name, entities, json);
}
