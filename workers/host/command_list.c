/* command_list.c - one setMyCommands call for each scope and language. */
#include "workers/host/command_list.h"

#include <string.h>

#include "common/buffer.h"
#include "common/json.h"
#include "common/xalloc.h"

#define LOG_SUBSYSTEM "host"
#include "common/log.h"
#include "workers/host/programs.h"

#define COMMANDS_MAX 100 /* Bot API setMyCommands */

enum audience { SCOPE_PRIVATE, SCOPE_GROUPS, SCOPE_ADMINS };

/* Bot API "BotCommandScope". */
static const char *const scope_names[] = {
	[SCOPE_PRIVATE] = "all_private_chats",
	[SCOPE_GROUPS] = "all_group_chats",
	[SCOPE_ADMINS] = "all_chat_administrators",
};

static bool belongs(const struct route *route, enum audience scope)
{
	if (route->kind != ROUTE_COMMAND || !route->help || route->operators || route->rare)
		return false;
	switch (scope) {
	case SCOPE_PRIVATE:
		return !route->group;
	case SCOPE_GROUPS:
		return !route->private && route->admin == RIGHT_NONE;
	case SCOPE_ADMINS:
		return !route->private;
	}
	return false;
}

static void write_command(const struct route *route, const struct language *language,
			  struct json *json)
{
	json_object_start(json);
	json_key(json, "command");
	json_text_n(json, route->match, strcspn(route->match, " "));
	json_key_text(json, "description", language_translate(language, route->help));
	json_object_end(json);
}

static bool has_same_name(const struct route *route, const struct route *other)
{
	size_t length = strcspn(route->match, " ");

	return strcspn(other->match, " ") == length &&
	       memcmp(route->match, other->match, length) == 0;
}

/* A command may have a row for administrators before the one for everybody: the first one counts.
 */
static bool is_listed(const struct module *const *modules, const struct route *route,
		      enum audience scope)
{
	for (; *modules; modules++)
		for (const struct route *at = (*modules)->routes; at->kind != ROUTE_END; at++) {
			if (at == route)
				return false;
			if (belongs(at, scope) && has_same_name(at, route))
				return true;
		}
	return false;
}

static void write_commands(const struct module *const *modules, const struct programs *programs,
			   enum audience scope, const struct language *language, struct json *json)
{
	size_t count = 0;

	json_array_start(json);
	for (const struct module *const *at = modules; *at; at++)
		for (const struct route *route = (*at)->routes; route->kind != ROUTE_END; route++)
			if (belongs(route, scope) && programs_offer(programs, *at, route) &&
			    !is_listed(modules, route, scope) && count++ < COMMANDS_MAX)
				write_command(route, language, json);
	json_array_end(json);
	if (count > COMMANDS_MAX)
		log_warn("Telegram's list of commands has no room for all",
			 log_text("scope", scope_names[scope]),
			 log_unsigned("left_out", count - COMMANDS_MAX));
}

/* `tag` NULL: for people whose language the bot does not speak. */
static struct call make_call(const struct module *const *modules, const struct programs *programs,
			     enum audience scope, const struct language *language, const char *tag,
			     struct arena *arena)
{
	struct buffer body = { 0 };
	struct json json = json_start(&body);
	struct call call = {
		.class = CALL_BULK,
		.method = { "setMyCommands", strlen("setMyCommands") },
	};

	json_object_start(&json);
	json_key(&json, "commands");
	write_commands(modules, programs, scope, language, &json);
	json_key(&json, "scope");
	json_object_start(&json);
	json_key_text(&json, "type", scope_names[scope]);
	json_object_end(&json);
	if (tag)
		json_key_text(&json, "language_code", tag);
	json_object_end(&json);
	call.body.length = buffer_unread_size(&body);
	call.body.data = arena_memdup(arena, buffer_unread(&body), call.body.length);
	buffer_finish(&body);
	return call;
}

size_t command_list_calls(const struct module *const *modules, const struct programs *programs,
			  const struct languages *languages, struct arena *arena,
			  const struct call **calls)
{
	size_t languages_count = 0, count = 0;
	struct call *made;

	while (language_at(languages, languages_count))
		languages_count++;
	made = arena_alloc(arena, COUNT_OF(scope_names) * (languages_count + 1) * sizeof(*made));
	for (size_t i = 0; i < COUNT_OF(scope_names); i++) {
		made[count++] = make_call(modules, programs, (enum audience)i,
					  language_pick(languages, ""), NULL, arena);
		for (size_t j = 0; j < languages_count; j++) {
			const struct language *language = language_at(languages, j);
			/* Telegram wants ISO 639-1 here: "pt". */
			const char *tag = arena_strndup(arena, language_locale(language), 2);

			made[count++] = make_call(modules, programs, (enum audience)i, language,
						  tag, arena);
		}
	}
	*calls = made;
	return count;
}
