#include "simulator/call.h"

#include <stdarg.h>
#include <string.h>

#include "simulator/sim.h"

bool call_fail(struct call *call, int error_code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	call->error_code = error_code;
	call->error = arena_vprintf(call->arena, format, arguments);
	va_end(arguments);
	return false;
}

void call_result_true(struct call *call)
{
	json_bool(&call->result, true);
}

static bool may_reach_person(struct call *call, const struct person *person, bool writes)
{
	if (person->deactivated)
		return call_fail(call, 403, "Forbidden: user is deactivated");
	if (!writes)
		return true;
	if (person == call->sim->world.bot)
		return call_fail(call, 403, "Forbidden: the bot can't send messages to the bot");
	if (person->is_bot)
		return call_fail(call, 403, "Forbidden: bot can't send messages to bots");
	if (person->blocked)
		return call_fail(call, 403, "Forbidden: bot was blocked by the user");
	if (!person->started)
		return call_fail(call, 403,
				 "Forbidden: bot can't initiate conversation with a user");
	return true;
}

static bool may_reach_group(struct call *call, const struct chat *chat)
{
	const char *type = chat_type_name(chat->type);

	if (chat->migrated_to) {
		call->migrate_to = chat->migrated_to;
		return call_fail(call, 400,
				 "Bad Request: group chat was upgraded to a supergroup chat");
	}
	if (chat->bot.status == MEMBER_KICKED)
		return call_fail(call, 403, "Forbidden: bot was kicked from the %s chat", type);
	/* A public supergroup or channel can be read from outside. */
	if (chat->bot.status == MEMBER_LEFT && !*chat->username)
		return call_fail(call, 403, "Forbidden: bot is not a member of the %s chat", type);
	return true;
}

bool call_chat(struct call *call, bool writes)
{
	const char *name = parameters_text(call->parameters, "chat_id");
	struct chat *chat = NULL;

	if (!*name)
		return call_fail(call, 400, "Bad Request: chat_id is empty");
	if (*name == '@') {
		chat = world_find_chat(&call->sim->world, name);
	} else {
		int64_t id = parameters_id(call->parameters, "chat_id");

		chat = world_chat(&call->sim->world, id);
		if (!chat && id > 0 && world_person(&call->sim->world, id))
			chat = world_private_chat(&call->sim->world,
						  world_person(&call->sim->world, id));
	}
	if (!chat)
		return call_fail(call, 400, "Bad Request: chat not found");
	call->chat = chat;
	if (chat->person)
		return may_reach_person(call, chat->person, writes);
	if (!may_reach_group(call, chat))
		return false;
	if (writes && chat->bot.status == MEMBER_LEFT)
		return call_fail(call, 403, "Forbidden: bot is not a member of the %s chat",
				 chat_type_name(chat->type));
	return true;
}

bool call_person(struct call *call, struct person **out)
{
	int64_t id = parameters_id(call->parameters, "user_id");

	if (id <= 0)
		return call_fail(call, 400, "Bad Request: invalid user_id specified");
	*out = world_person(&call->sim->world, id);
	return *out || call_fail(call, 400, "Bad Request: user not found");
}
