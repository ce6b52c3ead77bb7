#include "simulator/method_bot.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/sim.h"

#define COMMANDS_MAX 100
#define COMMAND_MAX 32
#define DESCRIPTION_MAX 256

struct commands {
	json_t *lists; /* "scope/language" → array of BotCommand */
};

struct commands *commands_create(void)
{
	struct commands *commands = xmalloc(sizeof(*commands));

	commands->lists = json_object();
	return commands;
}

void commands_destroy(struct commands *commands)
{
	if (!commands)
		return;
	json_decref(commands->lists);
	free(commands);
}

const json_t *commands_all(const struct commands *commands)
{
	return commands->lists;
}

void method_get_me(struct call *call)
{
	const struct person *bot = call->sim->world.bot;
	struct json *json = &call->result;

	json_object_start(json);
	json_key_int(json, "id", bot->id);
	json_key_bool(json, "is_bot", true);
	json_key_text(json, "first_name", bot->first_name);
	json_key_text(json, "username", bot->username);
	json_key_bool(json, "can_join_groups", true);
	json_key_bool(json, "can_read_all_group_messages", !call->sim->world.privacy_mode);
	json_key_bool(json, "supports_inline_queries", true);
	json_key_bool(json, "can_connect_to_business", false);
	json_key_bool(json, "has_main_web_app", false);
	json_key_bool(json, "has_topics_enabled", false);
	json_key_bool(json, "allows_users_to_create_topics", false);
	json_key_bool(json, "can_manage_bots", false);
	json_key_bool(json, "supports_join_request_queries", true);
	json_object_end(json);
}

/* The key of scope and language; NULL after call_fail(). */
static const char *list_key(struct call *call)
{
	const char *text = parameters_text(call->parameters, "scope");
	json_t *scope;
	const char *type;
	const char *key;

	if (!*text)
		return arena_printf(call->arena, "default/%s",
				    parameters_text(call->parameters, "language_code"));
	scope = json_loads(text, 0, NULL);
	type = json_string_value(json_object_get(scope, "type"));
	if (!type) {
		json_decref(scope);
		call_fail(call, 400, "Bad Request: can't parse BotCommandScope JSON object");
		return NULL;
	}
	key = arena_printf(call->arena, "%s:%lld:%lld/%s", type,
			   (long long)json_integer_value(json_object_get(scope, "chat_id")),
			   (long long)json_integer_value(json_object_get(scope, "user_id")),
			   parameters_text(call->parameters, "language_code"));
	json_decref(scope);
	return key;
}

static bool check_command(struct call *call, const json_t *item)
{
	const char *command = json_string_value(json_object_get(item, "command"));
	const char *description = json_string_value(json_object_get(item, "description"));
	size_t length;

	if (!command || !description)
		return call_fail(call, 400,
				 "Bad Request: can't parse BotCommand: Can't find field \"%s\"",
				 command ? "description" : "command");
	if (*command == '/')
		command++;
	length = strlen(command);
	if (length == 0 || length > COMMAND_MAX ||
	    strspn(command, "abcdefghijklmnopqrstuvwxyz0123456789_") != length)
		return call_fail(call, 400, "Bad Request: BOT_COMMAND_INVALID");
	if (!*description || strlen(description) > DESCRIPTION_MAX)
		return call_fail(call, 400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID");
	return true;
}

static bool check_commands(struct call *call, const json_t *list)
{
	size_t i;
	json_t *item;

	if (!json_is_array(list))
		return call_fail(call, 400, "Bad Request: expected an Array of BotCommand");
	if (json_array_size(list) > COMMANDS_MAX)
		return call_fail(call, 400, "Bad Request: BOT_COMMANDS_TOO_MUCH");
	json_array_foreach(list, i, item)
	{
		if (!check_command(call, item))
			return false;
	}
	return true;
}

void method_set_my_commands(struct call *call)
{
	const char *key = list_key(call);
	json_t *list;

	if (!key)
		return;
	list = json_loads(parameters_text(call->parameters, "commands"), 0, NULL);
	if (!list) {
		call_fail(call, 400, "Bad Request: can't parse commands JSON object");
		return;
	}
	if (check_commands(call, list)) {
		json_object_set(call->sim->commands->lists, key, list);
		call_result_true(call);
	}
	json_decref(list);
}

void method_get_my_commands(struct call *call)
{
	const char *key = list_key(call);
	const json_t *list;
	char *text;

	if (!key)
		return;
	list = json_object_get(call->sim->commands->lists, key);
	text = list ? json_dumps(list, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_raw(&call->result, text ? text : "[]", text ? strlen(text) : 2);
	free(text);
}

void method_delete_my_commands(struct call *call)
{
	const char *key = list_key(call);

	if (!key)
		return;
	json_object_del(call->sim->commands->lists, key);
	call_result_true(call);
}
