#include "simulator/method_chats.h"

#include <string.h>

#include "common/xalloc.h"
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
	if (chat->linked && chat->is_direct) {
		json_key_bool(json, "is_direct_messages", true);
		json_key(json, "parent_chat");
		compose_chat(json, chat->linked);
	} else if (chat->linked)
		json_key_int(json, "linked_chat_id", chat->linked->id);
	json_key(json, "accepted_gift_types");
	json_object_start(json);
	for (size_t i = 0; i < COUNT_OF(gift_types); i++)
		json_key_bool(json, gift_types[i], false);
	json_object_end(json);
	if (chat->description && *chat->description)
		ascii_key_text(json, "description", chat->description);
	if (chat->bot_guards)
		compose_key_person(json, "guard_bot", call->sim->world.bot);
	json_key_int(json, "accent_color_id", 0);
	json_key_int(json, "max_reaction_count", 11);
	json_object_end(json);
}
