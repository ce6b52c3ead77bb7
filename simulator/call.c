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
	if (!writes)
		return true;
	if (person->deactivated)
		return call_fail(call, 403, "Forbidden: user is deactivated");
	if (person == call->sim->world.bot)
		return call_fail(call, 403, "Forbidden: the bot can't send messages to the bot");
	if (person->is_bot)
		return call_fail(call, 403, "Forbidden: bot can't send messages to bots");
	if (person->blocked)
		return call_fail(call, 403, "Forbidden: bot was blocked by the user");
	if (!person->started && person->reachable_until_s <= sim_now_s(call->sim))
		return call_fail(call, 403,
				 "Forbidden: bot can't initiate conversation with a user");
	return true;
}

/* How closely a call looks at a chat. */
enum access { ACCESS_READ, ACCESS_READ_MEMBERS, ACCESS_WRITE };

static bool may_reach_group(struct call *call, const struct chat *chat, enum access access)
{
	const char *type = chat_type_name(chat->type);
	const struct member *bot = chat_member(chat, chat->bot.person);
	/* A public supergroup or channel can be read from outside, and a basic group that the bot
	 * was in. */
	bool is_open = access != ACCESS_WRITE &&
		       (*chat->username || (chat->type == CHAT_GROUP && access == ACCESS_READ));

	if (chat->migrated_to && access != ACCESS_READ) {
		call->migrate_to = chat->migrated_to;
		return call_fail(call, 400,
				 "Bad Request: group chat was upgraded to a supergroup chat");
	}
	if (bot->status == MEMBER_KICKED && !(chat->type == CHAT_GROUP && is_open))
		return call_fail(call, 403, "Forbidden: bot was kicked from the %s chat", type);
	if (!member_is_present(bot) && !is_open)
		return call_fail(call, 403, "Forbidden: bot is not a member of the %s chat", type);
	return true;
}

static bool find_chat(struct call *call)
{
	struct world *world = &call->sim->world;
	const char *name = parameters_text(call->parameters, "chat_id");
	int64_t id = parameters_id(call->parameters, "chat_id");

	if (!*name)
		return call_fail(call, 400, "Bad Request: chat_id is empty");
	call->chat = *name == '@' ? world_find_chat(world, name) : world_chat(world, id);
	if (!call->chat && *name != '@' && id > 0 && world_person(world, id))
		call->chat = world_private_chat(world, world_person(world, id));
	return call->chat || call_fail(call, 400, "Bad Request: chat not found");
}

static bool reach_chat(struct call *call, enum access access)
{
	const struct chat *chat;

	if (!find_chat(call))
		return false;
	chat = call->chat;
	return chat->person ? may_reach_person(call, chat->person, access == ACCESS_WRITE)
			    : may_reach_group(call, chat, access);
}

bool call_chat(struct call *call, bool writes)
{
	return reach_chat(call, writes ? ACCESS_WRITE : ACCESS_READ);
}

bool call_chat_members(struct call *call)
{
	return reach_chat(call, ACCESS_READ_MEMBERS);
}

bool call_has_right(const struct call *call, enum right right)
{
	return member_has_right(chat_member(call->chat, call->sim->world.bot), right);
}

bool call_person(struct call *call, struct person **out)
{
	int64_t id = parameters_id(call->parameters, "user_id");

	if (id <= 0)
		return call_fail(call, 400, "Bad Request: invalid user_id specified");
	*out = world_person(&call->sim->world, id);
	return *out || call_fail(call, 400, "Bad Request: user not found");
}
