#include "simulator/method_chats.h"

#include <string.h>

#include "common/xalloc.h"
#include "simulator/action_member.h"
#include "simulator/ascii.h"
#include "simulator/compose.h"
#include "simulator/sim.h"

void method_get_chat(struct call *call)
{
	static const char *const gift_types[] = { "unlimited_gifts", "limited_gifts",
						  "unique_gifts", "premium_subscription",
						  "gifts_from_channels" };
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
	json_key(json, "accepted_gift_types");
	json_object_start(json);
	for (size_t i = 0; i < COUNT_OF(gift_types); i++)
		json_key_bool(json, gift_types[i], false);
	json_object_end(json);
	json_key_int(json, "accent_color_id", 0);
	json_key_int(json, "max_reaction_count", 11);
	json_object_end(json);
}

static bool call_join_request(struct call *call, struct person **person)
{
	const struct member *member;

	if (!call_chat(call, true) || !call_person(call, person))
		return false;
	if (!call_has_right(call, RIGHT_INVITE_USERS))
		return call_fail(call, 400,
				 "Bad Request: not enough rights to manage chat join requests");
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
