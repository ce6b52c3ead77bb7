/* kept.c - writes and reads kept texts. Both keep to one table of entities, so that what is read
 * can be sent. */
#include "workers/host/kept.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "common/json.h"
#include "common/utf8.h"
#include "common/xalloc.h"

/* Formatting that somebody chose. Links, names, hashtags and the like are found by Telegram again;
 * a text_mention would be a person. */
static const struct kept_entity {
	const char *type, *field; /* field: what its value is for Telegram; NULL: it has none */
	bool needs_value, has_time;
} kept_entities[] = {
	{ "bold", NULL, false, false },
	{ "italic", NULL, false, false },
	{ "underline", NULL, false, false },
	{ "strikethrough", NULL, false, false },
	{ "spoiler", NULL, false, false },
	{ "blockquote", NULL, false, false },
	{ "expandable_blockquote", NULL, false, false },
	{ "code", NULL, false, false },
	{ "pre", "language", false, false },
	{ "text_link", "url", true, false },
	{ "custom_emoji", "custom_emoji_id", true, false },
	{ "date_time", "date_time_format", false, true },
};

static const char *const kept_media[] = { "animation", "audio", "document",   "live_photo", "photo",
					  "sticker",   "video", "video_note", "voice" };

static const struct kept_look {
	const char *word;
	unsigned flag;
} kept_looks[] = {
	{ "text_above", DRAFT_TEXT_ABOVE },
	{ "preview_large", DRAFT_PREVIEW_LARGE },
	{ "preview_small", DRAFT_PREVIEW_SMALL },
	{ "preview_above", DRAFT_PREVIEW_ABOVE },
};

static const struct kept_entity *find_entity(const char *type)
{
	for (size_t i = 0; i < COUNT_OF(kept_entities); i++)
		if (strcmp(kept_entities[i].type, type) == 0)
			return &kept_entities[i];
	return NULL;
}

static const char *find_media(const char *kind)
{
	for (size_t i = 0; i < COUNT_OF(kept_media); i++)
		if (strcmp(kept_media[i], kind) == 0)
			return kept_media[i];
	return NULL;
}

static bool starts_with(const char *url, const char *start)
{
	return strncasecmp(url, start, strlen(start)) == 0;
}

/* Telegram's links to an account. */
static bool names_person(const char *url)
{
	return starts_with(url, "tg://user?") || starts_with(url, "tg:user?") ||
	       starts_with(url, "tg://openmessage?") || starts_with(url, "tg:openmessage?");
}

bool kept_is_button_url(const char *url)
{
	return !names_person(url) && (starts_with(url, "https://") || starts_with(url, "http://") ||
				      starts_with(url, "tg://"));
}

static bool is_file_id(const char *id)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_-";
	size_t length = strlen(id);

	return length > 0 && length <= 256 && strspn(id, letters) == length;
}

/* --- writing ---------------------------------------------------------------------------------- */

static bool is_kept(const struct message_entity *entity)
{
	const struct kept_entity *kind = find_entity(entity->type);

	if (!kind || (kind->needs_value && entity->value[0] == '\0') ||
	    (kind->has_time && (entity->unix_s == 0 || !markup_is_time_format(entity->value))))
		return false;
	return strcmp(kind->type, "text_link") != 0 || !names_person(entity->value);
}

/* The part of the entity that lies in the kept text; false when there is none. */
static bool write_entity(const struct message_entity *entity, struct text all, size_t start,
			 size_t end, struct json *json)
{
	size_t from = entity->start > start ? entity->start : start;
	size_t to = entity->start + entity->size < end ? entity->start + entity->size : end;
	const struct kept_entity *kind = find_entity(entity->type);

	if (!is_kept(entity) || from >= to)
		return false;
	json_array_start(json);
	json_text(json, entity->type);
	json_uint(json, utf8_units(all.data + start, from - start));
	json_uint(json, utf8_units(all.data + from, to - from));
	if (kind->field && (entity->value[0] || kind->has_time))
		json_text(json, entity->value);
	if (kind->has_time)
		json_int(json, entity->unix_s);
	json_array_end(json);
	return true;
}

static void write_entities(const struct message *message, size_t start, size_t size,
			   struct json *json)
{
	struct text all = text_of(message->text);
	size_t written = 0;

	json_key(json, "entities");
	json_array_start(json);
	for (size_t i = 0; i < message->entities_count && written < MARKUP_ENTITIES_MAX; i++)
		written += write_entity(&message->entities[i], all, start, start + size, json);
	json_array_end(json);
}

static void write_media(const struct media *media, struct json *json)
{
	json_key(json, "media");
	json_array_start(json);
	json_text(json, media->kind);
	json_text(json, media->file_id);
	json_bool(json, media->spoiler);
	if (media->still_id[0])
		json_text(json, media->still_id);
	json_array_end(json);
}

static void write_look(unsigned look, struct json *json)
{
	json_key(json, "look");
	json_array_start(json);
	for (size_t i = 0; i < COUNT_OF(kept_looks); i++)
		if (look & kept_looks[i].flag)
			json_text(json, kept_looks[i].word);
	json_array_end(json);
}

static void write_buttons(const struct message *message, struct json *json)
{
	json_key(json, "buttons");
	json_array_start(json);
	for (size_t i = 0; i < message->links_count && i < KEPT_BUTTONS_MAX; i++) {
		const struct message_link *link = &message->links[i];

		if (!kept_is_button_url(link->url) || utf8_is_blank(link->label))
			continue;
		json_array_start(json);
		json_text(json, link->label);
		json_text(json, link->url);
		json_uint(json, link->row);
		json_array_end(json);
	}
	json_array_end(json);
}

/* A live photo is sent with its picture. */
static bool is_whole(const struct media *media)
{
	bool needs_still = strcmp(media->kind, "live_photo") == 0;

	return is_file_id(media->file_id) &&
	       (needs_still ? is_file_id(media->still_id) : media->still_id[0] == '\0');
}

static bool has_kept_media(const struct message *message)
{
	return message->media && find_media(message->media->kind) && is_whole(message->media);
}

const char *kept_make(const struct message *message, size_t start, size_t size, struct arena *arena)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	const char *text = arena_strndup(arena, message->text + start, size);
	bool has_text = !utf8_is_blank(text), has_media = has_kept_media(message);

	if (!has_text && !has_media)
		return "";
	json_object_start(&json);
	json_key_int(&json, "kept", KEPT_VERSION);
	if (has_text)
		json_key_text(&json, "text", text);
	if (has_text && message->entities_count)
		write_entities(message, start, size, &json);
	if (has_media)
		write_media(message->media, &json);
	if (message->look)
		write_look(message->look, &json);
	if (has_text && message->preview && !names_person(message->preview))
		json_key_text(&json, "preview", message->preview);
	if (message->links_count)
		write_buttons(message, &json);
	json_object_end(&json);
	text = "";
	if (buffer_unread_size(&out) <= KEPT_SIZE_MAX)
		text = arena_strdup(arena, buffer_text(&out));
	buffer_finish(&out);
	return text;
}

/* --- reading ---------------------------------------------------------------------------------- */

static const char *copy(const json_t *text, struct arena *arena)
{
	return arena_strdup(arena, json_string_value(text));
}

static bool is_number(const json_t *value, size_t most, size_t *out)
{
	json_int_t number = json_integer_value(value);

	*out = (size_t)number;
	return json_is_integer(value) && number >= 0 && (size_t)number <= most;
}

/* Whether this many units end between two characters. */
static bool is_place(const char *text, size_t size, size_t units)
{
	return utf8_units(text, utf8_prefix(text, size, units)) == units;
}

/* [type, offset, length, value, time] */
static bool read_entity(const json_t *row, struct kept *kept, struct arena *arena)
{
	const json_t *type = json_array_get(row, 0), *value = json_array_get(row, 3);
	const json_t *time = json_array_get(row, 4);
	const struct kept_entity *kind = json_is_string(type) ? find_entity(json_string_value(type))
							      : NULL;
	size_t size = strlen(kept->text), units = utf8_units(kept->text, size);
	struct entity entity;

	if (!kind || json_array_size(row) > 5 || (value && !json_is_string(value)) ||
	    (time && !json_is_integer(time)) || (value && !kind->field))
		return false;
	entity = (struct entity) { .type = kind->type, .unix_time = json_integer_value(time) };
	if (!is_number(json_array_get(row, 1), units, &entity.offset) ||
	    !is_number(json_array_get(row, 2), units - entity.offset, &entity.length) ||
	    entity.length == 0 || !is_place(kept->text, size, entity.offset) ||
	    !is_place(kept->text, size, entity.offset + entity.length))
		return false;
	if (value)
		entity.value = copy(value, arena);
	entity.field = entity.value && entity.value[0] ? kind->field : NULL;
	if ((kind->needs_value && !entity.field) || kind->has_time != (time != NULL))
		return false;
	if (kind->has_time && entity.value && !markup_is_time_format(entity.value))
		return false;
	if (strcmp(kind->type, "text_link") == 0 && names_person(entity.value))
		return false;
	kept->entities[kept->entities_count++] = entity;
	return true;
}

static int compare_entities(const void *left, const void *right)
{
	const struct entity *a = left, *b = right;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return (a->length < b->length) - (a->length > b->length);
}

static bool read_entities(const json_t *list, struct kept *kept, struct arena *arena)
{
	size_t count = json_array_size(list);

	if (!json_is_array(list) || count > MARKUP_ENTITIES_MAX)
		return false;
	kept->entities = arena_alloc(arena, (count + 1) * sizeof(*kept->entities));
	for (size_t i = 0; i < count; i++)
		if (!read_entity(json_array_get(list, i), kept, arena))
			return false;
	qsort(kept->entities, count, sizeof(*kept->entities), compare_entities);
	return true;
}

/* [kind, file, covered, picture] */
static bool read_media(const json_t *row, struct kept *kept, struct arena *arena)
{
	const json_t *kind = json_array_get(row, 0), *file = json_array_get(row, 1);
	const json_t *covered = json_array_get(row, 2), *still = json_array_get(row, 3);

	if (!json_is_string(kind) || !json_is_string(file) || !json_is_boolean(covered) ||
	    json_array_size(row) > 4 || (still && !json_is_string(still)))
		return false;
	kept->media = (struct media) {
		.kind = find_media(json_string_value(kind)),
		.file_id = copy(file, arena),
		.unique_id = "",
		.still_id = still ? copy(still, arena) : "",
		.name = "",
		.type = "",
		.spoiler = json_is_true(covered),
	};
	return kept->media.kind && is_whole(&kept->media);
}

static bool read_look(const json_t *list, struct kept *kept, struct arena *arena)
{
	const json_t *word;
	size_t i, row;

	(void)arena;
	json_array_foreach((json_t *)list, i, word)
	{
		for (row = 0; row < COUNT_OF(kept_looks); row++)
			if (json_is_string(word) &&
			    strcmp(json_string_value(word), kept_looks[row].word) == 0)
				break;
		if (row == COUNT_OF(kept_looks))
			return false;
		kept->look |= kept_looks[row].flag;
	}
	return json_is_array(list);
}

static bool read_preview(const json_t *url, struct kept *kept, struct arena *arena)
{
	if (!json_is_string(url) || names_person(json_string_value(url)))
		return false;
	kept->preview = copy(url, arena);
	return true;
}

/* [label, link, row] */
static bool read_button(const json_t *row, struct kept *kept, struct arena *arena)
{
	const json_t *label = json_array_get(row, 0), *url = json_array_get(row, 1);
	size_t least = kept->buttons_count ? kept->buttons[kept->buttons_count - 1].row : 0;
	size_t number;

	if (!json_is_string(label) || utf8_is_blank(json_string_value(label)) ||
	    !json_is_string(url) || !kept_is_button_url(json_string_value(url)) ||
	    json_array_size(row) != 3 ||
	    !is_number(json_array_get(row, 2), KEPT_BUTTONS_MAX, &number) || number < least)
		return false;
	kept->buttons[kept->buttons_count++] = (struct message_link) {
		.label = copy(label, arena),
		.url = copy(url, arena),
		.row = number,
	};
	return true;
}

static bool read_buttons(const json_t *list, struct kept *kept, struct arena *arena)
{
	size_t count = json_array_size(list);

	if (!json_is_array(list) || count > KEPT_BUTTONS_MAX)
		return false;
	kept->buttons = arena_alloc(arena, (count + 1) * sizeof(*kept->buttons));
	for (size_t i = 0; i < count; i++)
		if (!read_button(json_array_get(list, i), kept, arena))
			return false;
	return true;
}

static bool read_text(const json_t *text, struct kept *kept, struct arena *arena)
{
	if (!json_is_string(text))
		return false;
	kept->text = copy(text, arena);
	return true;
}

/* In this order: the places of entities are checked against the text. */
static const struct kept_member {
	const char *name;
	bool (*read)(const json_t *value, struct kept *kept, struct arena *arena);
} members[] = {
	{ "text", read_text }, { "entities", read_entities }, { "media", read_media },
	{ "look", read_look }, { "preview", read_preview },   { "buttons", read_buttons },
};

static bool read_members(const json_t *whole, struct arena *arena, struct kept *out,
			 struct why *why)
{
	size_t known = 1;

	for (size_t i = 0; i < COUNT_OF(members); i++) {
		const json_t *value = json_object_get(whole, members[i].name);

		if (value && !members[i].read(value, out, arena))
			return why_set(why, "a kept text with wrong \"%s\"", members[i].name);
		known += value != NULL;
	}
	if (json_object_size(whole) != known)
		return why_set(why, "a kept text with members that are not known");
	if (utf8_is_blank(out->text) && !out->media.kind)
		return why_set(why, "a kept text without text and file");
	return true;
}

bool kept_read(const char *value, struct arena *arena, struct kept *out, struct why *why)
{
	size_t size = strlen(value);
	json_t *whole = size <= KEPT_SIZE_MAX ? json_loadb(value, size, 0, NULL) : NULL;
	const json_t *version = json_object_get(whole, "kept");
	bool good = false;

	*out = (struct kept) { .text = "" };
	if (size > KEPT_SIZE_MAX)
		why_set(why, "a kept text of %zu bytes, allowed are %u", size, KEPT_SIZE_MAX);
	else if (!json_is_integer(version))
		why_set(why, "this is not a kept text");
	else if (json_integer_value(version) != KEPT_VERSION)
		why_set(why, "a kept text of version %lld, known is %d",
			(long long)json_integer_value(version), KEPT_VERSION);
	else
		good = read_members(whole, arena, out, why);
	json_decref(whole);
	return good;
}
