#include "simulator/formatting.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "simulator/ascii.h"

/* Telegram's reasons follow this prefix. */
static bool fail_parse(struct call *call, const struct why *why)
{
	return call_fail(call, 400, "Bad Request: can't parse entities: %s", why->text);
}

/* Types that a bot may give; those that Telegram finds by itself it finds again. */
static const struct {
	const char *type;
	const char *argument; /* the member that it needs; NULL: none */
} types[] = {
	{ "bold", NULL },
	{ "italic", NULL },
	{ "underline", NULL },
	{ "strikethrough", NULL },
	{ "spoiler", NULL },
	{ "code", NULL },
	{ "pre", "language" },
	{ "blockquote", NULL },
	{ "expandable_blockquote", NULL },
	{ "text_link", "url" },
	{ "text_mention", "user" },
	{ "custom_emoji", "custom_emoji_id" },
	{ "date_time", "date_time_format" },
	{ "mention", NULL },
	{ "bot_command", NULL },
	{ "hashtag", NULL },
	{ "url", NULL },
};

static const char *argument_of(struct call *call, const json_t *item, const char *name)
{
	const json_t *value = name ? json_object_get(item, name) : NULL;

	if (json_is_object(value))
		return arena_printf(call->arena, "%lld",
				    (long long)json_integer_value(json_object_get(value, "id")));
	return json_is_string(value) ? arena_strdup(call->arena, json_string_value(value)) : NULL;
}

static void take_entity(struct call *call, const json_t *item, struct formatted *out)
{
	const char *type = json_string_value(json_object_get(item, "type"));
	struct entity entity = {
		.offset = (size_t)json_integer_value(json_object_get(item, "offset")),
		.length = (size_t)json_integer_value(json_object_get(item, "length")),
	};

	for (size_t i = 0; type && i < COUNT_OF(types); i++) {
		if (!strcmp(types[i].type, type)) {
			entity.type = types[i].type;
			entity.argument = argument_of(call, item, types[i].argument);
			entity.unix_time = json_integer_value(json_object_get(item, "unix_time"));
		}
	}
	if (entity.type && entity.length > 0 && out->count < ENTITIES_MAX)
		out->entities[out->count++] = entity;
}

static bool take_entities(struct call *call, const char *json, struct formatted *out)
{
	json_t *list = json_loads(json, 0, NULL);
	size_t i;
	json_t *item;

	if (!json_is_array(list)) {
		json_decref(list);
		return call_fail(call, 400, "Bad Request: can't parse entities JSON object");
	}
	json_array_foreach(list, i, item)
	{
		take_entity(call, item, out);
	}
	json_decref(list);
	return true;
}

bool format_text(struct call *call, const char *text, const char *mode, const char *entities,
		 size_t units_max, struct formatted *out)
{
	size_t length = strlen(text);
	struct why why;

	if (!utf8_is_valid(text, length))
		return call_fail(call, 400, "Bad Request: strings must be encoded in UTF-8");
	if (!strcasecmp(mode, "html")) {
		if (!entities_parse_html(text, length, call->arena, out, &why))
			return fail_parse(call, &why);
	} else if (*mode && strcasecmp(mode, "none") != 0) {
		return call_fail(call, 400, "Bad Request: unsupported parse_mode");
	} else {
		entities_plain(text, length, call->arena, out);
		if (*entities && !take_entities(call, entities, out))
			return false;
	}
	if (utf8_units(out->text, out->length) > units_max)
		return call_fail(call, 400, "Bad Request: %s is too long",
				 units_max == TEXT_UNITS_MAX ? "message" : "message caption");
	entities_detect(out, call->arena);
	return true;
}

bool send_formatted(struct call *call, const char *text_name, const char *entities_name,
		    size_t units_max, struct formatted *out)
{
	return format_text(call, parameters_text(call->parameters, text_name),
			   parameters_text(call->parameters, "parse_mode"),
			   parameters_text(call->parameters, entities_name), units_max, out);
}

const char *send_entities_text(struct call *call, const struct formatted *formatted)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	const char *copy;

	if (formatted->count == 0)
		return NULL;
	entities_write(&json, formatted);
	copy = arena_strdup(call->arena, buffer_text(&out));
	buffer_finish(&out);
	return copy;
}
