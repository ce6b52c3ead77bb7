#include "simulator/control_share.h"

#include <stdlib.h>
#include <string.h>

#include "simulator/action_forward.h"
#include "simulator/action_rights.h"
#include "simulator/service.h"
#include "simulator/sim.h"

void control_forward(struct control_request *request)
{
	struct sim *sim = request->sim;
	struct action action = { .from = control_find_person(request, "from") };
	struct chat *source = control_find_chat(request, "source");
	const struct message *message = source ? messages_find(
							 &sim->messages, source,
							 control_int(request, "message_id", 0))
					       : NULL;
	struct action_result result;

	if (request->refusal)
		return;
	action.chat = json_object_get(request->in, "chat")
			      ? control_find_chat(request, "chat")
			      : world_private_chat(&sim->world, action.from);
	action.thread_id = control_int(request, "thread", 0);
	if (!action.chat)
		return;
	if (!message || message->is_service || message->poll || message->is_protected) {
		request->refusal = "there is no such message, or it can't be forwarded";
		return;
	}
	request->refusal = action_refusal(&action, "say");
	if (request->refusal)
		return;
	result = action_forward(sim, &action, message);
	control_set_int(request, "update_id", result.update_id);
	control_set_int(request, "message_id", result.message_id);
	control_set_int(request, "chat_id", action.chat->id);
}

/* KeyboardButtonRequestUsers: UsersShared. */
static json_t *users_shared(struct control_request *request)
{
	json_t *users = json_array(), *ids = json_array();
	size_t i;
	json_t *id;

	json_array_foreach(json_object_get(request->in, "people"), i, id)
	{
		const struct person *person = world_person(&request->sim->world,
							   json_integer_value(id));

		if (!person)
			request->refusal = "\"people\" are ids of people";
		else
			json_array_append_new(users,
					      json_pack("{sIss}", "user_id", (json_int_t)person->id,
							"first_name", person->first_name));
		json_array_append(ids, id);
	}
	return json_pack("{s{sIsoso}}", "users_shared", "request_id",
			 (json_int_t)control_int(request, "request_id", 0), "user_ids", ids,
			 "users", users);
}

/* KeyboardButtonRequestChat: ChatShared. */
static json_t *chat_shared(struct control_request *request)
{
	const struct chat *chat = control_find_chat(request, "shared");

	return chat ? json_pack("{s{sIsIss}}", "chat_shared", "request_id",
				(json_int_t)control_int(request, "request_id", 0), "chat_id",
				(json_int_t)chat->id, "title", chat->title)
		    : NULL;
}

void control_share(struct control_request *request)
{
	struct person *from = control_find_person(request, "from");
	struct action_result result;
	json_t *members;
	char *text;

	if (!from)
		return;
	members = json_object_get(request->in, "people") ? users_shared(request)
							 : chat_shared(request);
	if (!request->refusal) {
		text = json_dumps(members, JSON_COMPACT | JSON_ENSURE_ASCII);
		text[strlen(text) - 1] = '\0'; /* without its outer brackets */
		result = service_tell(request->sim, world_private_chat(&request->sim->world, from),
				      from, 0, text + 1);
		free(text);
		control_set_int(request, "update_id", result.update_id);
		control_set_int(request, "message_id", result.message_id);
	}
	json_decref(members);
}
