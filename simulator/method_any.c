#include "simulator/method_any.h"

#include <jansson.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/sending.h"

#define DEPTH_MAX 8 /* objects that must have each other end here */

static void write_value(struct json *json, const struct botapi_type *type, int depth)
{
	const struct botapi_object *object;

	switch ((enum botapi_kind)type->kind) {
	case BOTAPI_INTEGER:
	case BOTAPI_FLOAT:
		json_int(json, 0);
		break;
	case BOTAPI_BOOLEAN:
		json_bool(json, false);
		break;
	case BOTAPI_TRUE:
		json_bool(json, true);
		break;
	case BOTAPI_STRING:
	case BOTAPI_FILE:
		json_text(json, "");
		break;
	case BOTAPI_WORD:
		json_text(json, botapi_words[type->first]);
		break;
	case BOTAPI_ARRAY:
		json_raw(json, "[]", 2);
		break;
	case BOTAPI_ANY:
		write_value(json, &botapi_types[botapi_alternatives[type->first]], depth);
		break;
	case BOTAPI_OBJECT:
		object = &botapi_objects[type->first];
		json_object_start(json);
		for (size_t i = object->first;
		     depth < DEPTH_MAX && i < (size_t)object->first + object->count; i++) {
			if (!botapi_fields[i].required)
				continue;
			json_key(json, botapi_fields[i].name);
			write_value(json, &botapi_types[botapi_fields[i].type], depth + 1);
		}
		json_object_end(json);
		break;
	}
}

void any_write(struct json *json, const struct botapi_type *type)
{
	write_value(json, type, 0);
}

static bool is_json(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	bool ok = json != NULL;

	json_decref(json);
	return ok;
}

/* Texts as in the Bot API server: get_required_string_arg, get_user_id, get_inline_message_id. */
static bool has(struct call *call, const struct botapi_field *field)
{
	const struct botapi_type *type = &botapi_types[field->type];
	const char *name = field->name;
	const char *text = parameters_text(call->parameters, name);
	const struct parameter *parameter = parameters_find(call->parameters, name);
	struct person *person;

	if (!strcmp(name, "chat_id"))
		return call_chat(call, false);
	if (!strcmp(name, "user_id"))
		return call_person(call, &person);
	if (parameter && parameter->file_name.data)
		return true;
	if (!strcmp(name, "message_id") && parameters_id(call->parameters, name) <= 0)
		return call_fail(call, 400, "Bad Request: message identifier is not specified");
	if (!botapi_may_be(type, BOTAPI_STRING) &&
	    (type->kind == BOTAPI_OBJECT || type->kind == BOTAPI_ARRAY ||
	     type->kind == BOTAPI_ANY) &&
	    !is_json(text))
		return call_fail(call, 400, "Bad Request: can't parse %s JSON object", name);
	return *text || call_fail(call, 400, "Bad Request: parameter \"%s\" is required", name);
}

static bool is_message(const struct botapi_type *type)
{
	return type->kind == BOTAPI_OBJECT && !strcmp(botapi_objects[type->first].name, "Message");
}

/* A message that is kept and has an id, although its content is only what the bot gave: a
 * checklist, a rich message, a game. */
static void send_any(struct call *call)
{
	static const char *const contents[] = { "rich_message", "checklist" };
	struct sending sending = { .permission = MAY_SEND_MESSAGES, .plural = "text messages" };

	sending.content = "\"game\":{\"title\":\"\",\"description\":\"\",\"photo\":[]}";
	for (size_t i = 0; i < COUNT_OF(contents); i++) {
		const char *text = parameters_text(call->parameters, contents[i]);

		if (*text)
			sending.content = arena_printf(call->arena, "\"%s\":%s", contents[i], text);
	}
	if (sending_begin(call, &sending))
		sending_finish(call, &sending);
}

void method_any(struct call *call)
{
	const struct botapi_method *api = call->method->api;

	for (size_t i = api->first; i < (size_t)api->first + api->count; i++) {
		if (botapi_fields[i].required && !has(call, &botapi_fields[i]))
			return;
	}
	if (is_message(&botapi_types[api->result]) && !strncmp(api->name, "send", 4))
		send_any(call);
	else
		any_write(&call->result, &botapi_types[api->result]);
}
