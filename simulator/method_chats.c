#include "simulator/method_chats.h"

#include <string.h>

#include "simulator/action_member.h"
#include "simulator/ascii.h"
#include "simulator/compose.h"
#include "simulator/sim.h"

void method_get_chat(struct call *call)
{
	const struct chat *chat;
	struct json *json = &call->result;

	if (!call_chat(call, false))
		return;
	chat = call->chat;
	json_object_start(json);
	json_key_int(json, "id", chat->id);
	if (chat->person) {
		ascii_key_text(json, "first_name", chat->person->first_name);
		if (*chat->person->last_name)
			ascii_key_text(json, "last_name", chat->person->last_name);
		if (*chat->person->username)
			ascii_key_text(json, "username", chat->person->username);
	} else {
		ascii_key_text(json, "title", chat->title);
		if (*chat->username)
			ascii_key_text(json, "username", chat->username);
		json_key(json, "permissions");
		json_object_start(json);
		permissions_write(json, chat->permissions);
		json_object_end(json);
	}
	json_key_text(json, "type", chat_type_name(chat->type));
	if (chat->is_forum)
		json_key_bool(json, "is_forum", true);
	if (chat->linked)
		json_key_int(json, "linked_chat_id", chat->linked->id);
	json_key_int(json, "accent_color_id", 0);
	json_key_int(json, "max_reaction_count", 11);
	json_object_end(json);
}

void method_get_chat_member(struct call *call)
{
	struct person *person;
	struct member member;

	if (!call_chat(call, false) || !call_person(call, &person))
		return;
	member = call->chat->person ? (struct member) { .person = person, .status = MEMBER_MEMBER }
				    : chat_place_of(call->chat, person);
	compose_member(&call->result, &member, call->chat);
}

static bool call_group(struct call *call)
{
	if (!call_chat(call, false))
		return false;
	if (call->chat->person)
		return call_fail(call, 400,
				 "Bad Request: there are no administrators in the private chat");
	return true;
}

void method_get_chat_administrators(struct call *call)
{
	const struct chat *chat;

	if (!call_group(call))
		return;
	chat = call->chat;
	json_array_start(&call->result);
	for (size_t i = 0; i < chat->members_count; i++) {
		const struct member *member = &chat->members[i];

		/* Other bots are left out, as Telegram does. */
		if (member_is_admin(member) && !member->person->is_bot)
			compose_member(&call->result, member, chat);
	}
	if (member_is_admin(&chat->bot))
		compose_member(&call->result, &chat->bot, chat);
	json_array_end(&call->result);
}

void method_get_chat_member_count(struct call *call)
{
	if (!call_chat(call, false))
		return;
	json_int(&call->result, call->chat->person ? 2 : (int64_t)chat_present_count(call->chat));
}

void method_leave_chat(struct call *call)
{
	if (!call_chat(call, false))
		return;
	if (call->chat->person) {
		call_fail(call, 400,
			  "Bad Request: chat member status can't be changed in private "
			  "chats");
		return;
	}
	action_set_member(call->sim, call->chat, call->sim->world.bot, call->sim->world.bot,
			  MEMBER_LEFT);
	call_result_true(call);
}

/* What an administrator may do to a member who is not one. */
static void set_status(struct call *call, enum member_status status)
{
	struct person *person;
	const struct member *member;

	if (!call_chat(call, true) || !call_person(call, &person))
		return;
	if (call->chat->person) {
		call_fail(call, 400, "Bad Request: can't restrict members in a private chat");
		return;
	}
	member = chat_member(call->chat, person);
	if (call->chat->bot.status != MEMBER_ADMINISTRATOR) {
		call_fail(call, 400,
			  "Bad Request: not enough rights to restrict/unrestrict chat member");
	} else if (member && member->status == MEMBER_CREATOR) {
		call_fail(call, 400, "Bad Request: can't remove chat owner");
	} else if (member && member->status == MEMBER_ADMINISTRATOR &&
		   status != MEMBER_ADMINISTRATOR) {
		call_fail(call, 400, "Bad Request: user is an administrator of the chat");
	} else {
		action_set_member(call->sim, call->chat, call->sim->world.bot, person, status);
		call_result_true(call);
	}
}

void method_ban_chat_member(struct call *call)
{
	set_status(call, MEMBER_KICKED);
}

void method_unban_chat_member(struct call *call)
{
	set_status(call, MEMBER_LEFT);
}

void method_restrict_chat_member(struct call *call)
{
	set_status(call, MEMBER_RESTRICTED);
}

void method_promote_chat_member(struct call *call)
{
	set_status(call, MEMBER_ADMINISTRATOR);
}

static bool call_join_request(struct call *call, struct person **person)
{
	const struct member *member;

	if (!call_chat(call, true) || !call_person(call, person))
		return false;
	if (call->chat->bot.status != MEMBER_ADMINISTRATOR)
		return call_fail(call, 400, "Bad Request: CHAT_ADMIN_REQUIRED");
	member = chat_member(call->chat, *person);
	if (member && member_is_present(member))
		return call_fail(call, 400, "Bad Request: USER_ALREADY_PARTICIPANT");
	return true;
}

void method_approve_chat_join_request(struct call *call)
{
	struct person *person;

	if (!call_join_request(call, &person))
		return;
	action_set_member(call->sim, call->chat, call->sim->world.bot, person, MEMBER_MEMBER);
	call_result_true(call);
}

void method_decline_chat_join_request(struct call *call)
{
	struct person *person;

	if (call_join_request(call, &person))
		call_result_true(call);
}
