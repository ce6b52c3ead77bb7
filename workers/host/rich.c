/* rich.c - walks through the blocks of a rich message and the texts within them. */
#include "workers/host/rich.h"

#include <string.h>

#include "common/buffer.h"
#include "common/xalloc.h"
#include "workers/host/entities.h"
#include "workers/host/media.h"
#include "workers/host/update.h"

/* Telegram allows 16 levels of blocks and of formatting. */
#define DEPTH_MAX 40

struct walk {
	struct arena *arena;
	struct buffer text;
	struct message_entity *entities;
	size_t entities_count, entities_capacity;
	const struct media *media;
	unsigned depth;
};

/* What stands for a type of Bot API "RichText" or "RichBlock" in a text with entities; other types
 * are plain text there. */
static const struct rich_type {
	const char *rich, *entity;
} types[] = {
	{ "bold", "bold" },
	{ "italic", "italic" },
	{ "underline", "underline" },
	{ "strikethrough", "strikethrough" },
	{ "spoiler", "spoiler" },
	{ "code", "code" },
	{ "pre", "pre" },
	{ "heading", "bold" },
	{ "blockquote", "blockquote" },
	{ "pullquote", "blockquote" },
	{ "expandable_blockquote", "expandable_blockquote" },
	{ "url", "text_link" },
	{ "text_mention", "text_mention" },
	{ "custom_emoji", "custom_emoji" },
	{ "date_time", "date_time" },
	{ "mention", "mention" },
	{ "hashtag", "hashtag" },
	{ "cashtag", "cashtag" },
	{ "bot_command", "bot_command" },
	{ "email_address", "email" },
	{ "phone_number", "phone_number" },
};

/* How the value of a field is written: in the order in which people see them. */
enum layout {
	LAYOUT_INLINE, /* within the line */
	LAYOUT_WORD,   /* with a space after it */
	LAYOUT_LINE,   /* on a line of its own */
	LAYOUT_LINES,  /* a list, with a line for each element */
	LAYOUT_TABLE,  /* a list of lines, each a list of cells */
};

static const struct part {
	const char *field;
	enum layout layout;
} parts[] = {
	{ "label", LAYOUT_WORD },
	{ "summary", LAYOUT_LINE },
	{ "alternative_text", LAYOUT_INLINE },
	{ "expression", LAYOUT_INLINE },
	{ "text", LAYOUT_INLINE },
	{ "button", LAYOUT_INLINE },
	{ "blocks", LAYOUT_LINES },
	{ "items", LAYOUT_LINES },
	{ "cells", LAYOUT_TABLE },
	{ "buttons", LAYOUT_LINES },
	{ "caption", LAYOUT_LINE },
	{ "credit", LAYOUT_LINE },
};

static void walk_value(struct walk *walk, struct cursor value);

static size_t size_of(const struct walk *walk)
{
	return buffer_unread_size(&walk->text);
}

static void add_text(struct walk *walk, struct text text)
{
	text.length = text.length ? strnlen(text.data, text.length) : 0;
	if (text.length <= RICH_TEXT_MAX - size_of(walk))
		buffer_append(&walk->text, text.data, text.length);
}

/* The size without the ends of lines after it. */
static size_t size_of_lines(const struct walk *walk)
{
	const uint8_t *text = buffer_unread(&walk->text);
	size_t size = size_of(walk);

	while (size && text[size - 1] == '\n')
		size--;
	return size;
}

static void end_line(struct walk *walk)
{
	if (size_of(walk) && size_of(walk) == size_of_lines(walk))
		add_text(walk, text_of("\n"));
}

/* --- entities --------------------------------------------------------------------------------- */

static const char *entity_type(const char *rich)
{
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (strcmp(types[i].rich, rich) == 0)
			return types[i].entity;
	return NULL;
}

/* Begins here; returns its index, ENTITIES_READ_MAX for none. */
static size_t open_entity(struct walk *walk, struct cursor map)
{
	struct message_entity entity = entity_read(map, walk->arena), *old = walk->entities;

	entity.type = entity_type(entity.type);
	entity.start = size_of(walk);
	if (!entity.type || walk->entities_count == ENTITIES_READ_MAX)
		return ENTITIES_READ_MAX;
	if (walk->entities_count == walk->entities_capacity) {
		walk->entities_capacity = 2 * walk->entities_capacity + 16;
		walk->entities = arena_alloc(walk->arena,
					     walk->entities_capacity * sizeof(*walk->entities));
		if (old)
			memcpy(walk->entities, old, walk->entities_count * sizeof(*old));
	}
	walk->entities[walk->entities_count] = entity;
	return walk->entities_count++;
}

/* One that has no text is the last. */
static void close_entity(struct walk *walk, size_t index)
{
	size_t end = size_of_lines(walk);
	struct message_entity *entity;

	if (index == ENTITIES_READ_MAX)
		return;
	entity = &walk->entities[index];
	if (end > entity->start)
		entity->size = end - entity->start;
	else
		walk->entities_count = index;
}

/* --- the walk --------------------------------------------------------------------------------- */

static void walk_cells(struct walk *walk, struct cursor list)
{
	size_t count = cursor_type(&list) == PACK_ARRAY ? cursor_array(&list) : 0;

	for (size_t i = 0; i < count && cursor_ok(&list); i++, cursor_skip(&list)) {
		if (i)
			add_text(walk, text_of(" | "));
		walk_value(walk, list);
	}
}

static void walk_lines(struct walk *walk, struct cursor list, enum layout layout)
{
	size_t count = cursor_type(&list) == PACK_ARRAY ? cursor_array(&list) : 0;

	for (size_t i = 0; i < count && cursor_ok(&list); i++, cursor_skip(&list)) {
		if (i) /* the first may stand after the label of a list's item */
			end_line(walk);
		if (layout == LAYOUT_TABLE)
			walk_cells(walk, list);
		else
			walk_value(walk, list);
	}
	end_line(walk);
}

static void walk_part(struct walk *walk, struct cursor value, enum layout layout)
{
	if (cursor_type(&value) == PACK_NONE)
		return;
	switch (layout) {
	case LAYOUT_INLINE:
		walk_value(walk, value);
		return;
	case LAYOUT_WORD:
		walk_value(walk, value);
		add_text(walk, text_of(" "));
		return;
	case LAYOUT_LINE:
		end_line(walk);
		walk_value(walk, value);
		end_line(walk);
		return;
	case LAYOUT_LINES:
	case LAYOUT_TABLE:
		walk_lines(walk, value, layout);
		return;
	}
}

static size_t find_part(struct text key)
{
	size_t i = 0;

	while (i < COUNT_OF(parts) && !text_is(key, parts[i].field))
		i++;
	return i;
}

/* In one pass: each level of what is nested is looked through only once. */
static void find_parts(struct cursor map, struct cursor out[COUNT_OF(parts)])
{
	size_t pairs = cursor_map(&map);

	for (size_t i = 0; i < COUNT_OF(parts); i++)
		out[i] = cursor_make(NULL, 0);
	while (pairs-- && cursor_ok(&map)) {
		size_t i = find_part(cursor_type(&map) == PACK_TEXT ? cursor_text(&map)
								    : cursor_skip(&map));

		if (i < COUNT_OF(parts))
			out[i] = map;
		cursor_skip(&map);
	}
}

static void walk_map(struct walk *walk, struct cursor map)
{
	struct cursor values[COUNT_OF(parts)];
	size_t entity = open_entity(walk, map);

	if (!walk->media)
		walk->media = media_read(map, walk->arena);
	find_parts(map, values);
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		walk_part(walk, values[i], parts[i].layout);
	close_entity(walk, entity);
}

/* A RichText is a text, a list of them or a map with a type; a RichBlock is such a map. */
static void walk_value(struct walk *walk, struct cursor value)
{
	size_t count;

	if (walk->depth == DEPTH_MAX)
		return;
	walk->depth++;
	if (cursor_type(&value) == PACK_TEXT)
		add_text(walk, cursor_text(&value));
	else if (cursor_type(&value) == PACK_MAP)
		walk_map(walk, value);
	else if (cursor_type(&value) == PACK_ARRAY)
		for (count = cursor_array(&value); count && cursor_ok(&value); count--) {
			walk_value(walk, value);
			cursor_skip(&value);
		}
	walk->depth--;
}

struct rich rich_read(struct cursor map, struct arena *arena)
{
	struct walk walk = { .arena = arena };
	struct rich rich;

	walk_lines(&walk, cursor_find(map, "blocks"), LAYOUT_LINES);
	rich = (struct rich) {
		.text = { arena_strndup(arena, (const char *)buffer_unread(&walk.text),
					size_of_lines(&walk)),
			  size_of_lines(&walk) },
		.entities = walk.entities,
		.entities_count = walk.entities_count,
		.media = walk.media,
	};
	buffer_finish(&walk.text);
	return rich;
}
