/* keyboard.c - a button is its label, and behind "->" what it does when that is not to send its
 * data or its label. */
#include "tests/modules/keyboard.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

static const char *string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool is_plain(const char *field)
{
	return !strcmp(field, "text") || !strcmp(field, "style") ||
	       !strcmp(field, "callback_data") || !strcmp(field, "icon_custom_emoji_id");
}

/* Request ids are known to the host only. */
static char *spell(const json_t *value)
{
	json_t *copy = json_deep_copy(value);
	char *text;

	json_object_del(copy, "request_id");
	json_object_del(copy, "user_administrator_rights");
	text = json_is_string(copy) ? strdup(json_string_value(copy))
				    : json_dumps(copy, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(copy);
	return text;
}

static void append_purpose(const json_t *key, struct buffer *out)
{
	const char *field;
	json_t *value;

	json_object_foreach((json_t *)key, field, value)
	{
		char *text;

		if (is_plain(field))
			continue;
		text = spell(value);
		buffer_printf(out, " -> %s%s%s", strcmp(field, "url") ? field : "",
			      strcmp(field, "url") ? " " : "", text);
		free(text);
	}
}

static void append_key(const json_t *key, const char *marks, struct buffer *out)
{
	buffer_printf(out, "%c%s", marks[0], string(key, "text"));
	append_purpose(key, out);
	if (json_object_get(key, "icon_custom_emoji_id"))
		buffer_append_text(out, " (icon)");
	if (string(key, "style")[0])
		buffer_printf(out, " (%s)", string(key, "style"));
	buffer_printf(out, "%c", marks[1]);
}

/* The media of a call that sends or changes them. */
static const char *media_in(const json_t *body)
{
	static const char *const media_kinds[] = { "live_photo", "photo",      "video",
						   "animation",  "audio",      "document",
						   "voice",      "video_note", "sticker" };
	const char *type = string(json_object_get(body, "media"), "type");

	for (size_t i = 0; i < COUNT_OF(media_kinds); i++)
		if (strcmp(type, media_kinds[i]) == 0 || string(body, media_kinds[i])[0])
			return media_kinds[i];
	return NULL;
}

/* Of a message that is only edited it is the same as before. */
static const char *media_of(const struct world *world, const json_t *body, int64_t message_id)
{
	const char *media = media_in(body);

	for (size_t i = world->buttons_count; !media && i-- > 0;)
		if (world->buttons[i].message_id == message_id)
			return world->buttons[i].media;
	return media;
}

static const char *wording_of(struct world *world, const json_t *body)
{
	const json_t *text = json_object_get(body, "text");
	json_t *wording = text ? json_pack("{s:O}", "text", text) : NULL;
	const char *copy = NULL;
	char *json;

	if (!wording)
		return NULL;
	json_object_set(wording, "entities", json_object_get(body, "entities"));
	json = json_dumps(wording, JSON_COMPACT);
	copy = arena_strdup(&world->arena, json);
	free(json);
	json_decref(wording);
	return copy;
}

/* What Telegram sends when it is pressed: its data, or the id of the request. */
static void remember(struct world *world, const json_t *body, int64_t message_id, const json_t *key)
{
	const json_t *users = json_object_get(key, "request_users");
	const json_t *request = users ? users : json_object_get(key, "request_chat");
	const char *data = string(key, "callback_data"), *url = string(key, "url"), *media;

	if (request)
		data = arena_printf(
			&world->arena, "%lld",
			(long long)json_integer_value(json_object_get(request, "request_id")));
	if (!data[0] && !url[0])
		return;
	media = media_of(world, body, message_id);
	world_show_button(world, json_integer_value(json_object_get(body, "chat_id")), message_id,
			  string(key, "text"), data, url);
	world->buttons[world->buttons_count - 1].media = media;
	world->buttons[world->buttons_count - 1].wording = wording_of(world, body);
}

static void append_rows(struct world *world, const json_t *body, const char *name,
			const char *marks, int64_t message_id, struct buffer *out)
{
	const json_t *markup = json_object_get(body, "reply_markup"), *row, *key;
	size_t i, j;

	json_array_foreach(json_object_get(markup, name), i, row)
	{
		buffer_append_text(out, "\n");
		json_array_foreach(row, j, key)
		{
			buffer_append_text(out, j ? " " : "");
			append_key(key, marks, out);
			remember(world, body, message_id, key);
		}
	}
}

void keyboard_append(struct world *world, const json_t *body, int64_t message_id,
		     struct buffer *out)
{
	const json_t *markup = json_object_get(body, "reply_markup");

	world_forget_buttons(world, json_integer_value(json_object_get(body, "chat_id")),
			     message_id);
	append_rows(world, body, "inline_keyboard", "[]", message_id, out);
	append_rows(world, body, "keyboard", "{}", message_id, out);
	if (json_is_true(json_object_get(markup, "remove_keyboard")))
		buffer_append_text(out, "\n{}");
}
