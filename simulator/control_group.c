#include "simulator/control_group.h"

#include "simulator/sim.h"

static const struct chat *find_chat(struct control_request *request)
{
	const struct chat *chat = world_chat(&request->sim->world,
					     parameters_id(request->query, "chat"));

	if (!chat)
		request->refusal = "\"chat\" is no chat";
	return chat;
}

static json_t *describe(const struct member *member, const struct chat *chat)
{
	json_t *item = json_object();

	json_object_set_new(item, "id", json_integer(member->person->id));
	json_object_set_new(item, "status", json_string(member_status_name(member->status)));
	json_object_set_new(item, "until", json_integer(member->until_s));
	json_object_set_new(item, "may_write",
			    json_boolean(member_is_present(member) &&
					 member_may(member, chat->permissions, MAY_SEND_MESSAGES)));
	return item;
}

void control_members(struct control_request *request)
{
	const struct chat *chat = find_chat(request);
	json_t *list = json_array();
	size_t present = 0;

	if (chat)
		chat_expire_members((struct chat *)chat);
	for (size_t i = 0; chat && i < chat->members_count; i++) {
		const struct member *member = &chat->members[i];

		present += member_is_present(member);
		if (member->status != MEMBER_MEMBER)
			json_array_append_new(list, describe(member, chat));
	}
	json_object_set_new(request->out, "members", list);
	control_set_int(request, "present", (int64_t)present);
}

void control_messages(struct control_request *request)
{
	const struct chat *chat = find_chat(request);
	const struct messages *messages = &request->sim->messages;
	json_t *list = json_array();

	for (size_t i = 0; chat && messages->ring && i < MESSAGES_MAX; i++) {
		const struct message *message = &messages->ring[i];

		if (message->chat == chat && !message->deleted && !message->is_service)
			json_array_append_new(
				list,
				json_pack("[I,b,I]", (json_int_t)message->id, message->from_bot,
					  message->from ? message->from->id : (json_int_t)0));
	}
	json_object_set_new(request->out, "messages", list);
}
