#include "simulator/control_join.h"

#include "simulator/action_join.h"
#include "simulator/sim.h"

void control_join(struct control_request *request)
{
	const char *link = control_text(request, "link", NULL);
	const char *bio = control_text(request, "bio", NULL);
	struct person *from = control_find_person(request, "from");
	struct invite *invite = link ? invites_find(&request->sim->invites, link) : NULL;
	struct chat *chat;
	struct action_result result;

	if (!from)
		return;
	if (link && !invite) {
		request->refusal = "there is no such link";
		return;
	}
	if (invite) {
		result = action_use_invite(request->sim, invite, from, bio);
	} else {
		chat = control_find_chat(request, "chat");
		if (!chat)
			return;
		result = action_request_join(request->sim, chat, from, NULL, bio);
	}
	if (result.update_id < 0)
		request->refusal = "the link is not valid any more, or the person is in the chat "
				   "or banned";
	else
		control_set_int(request, "update_id", result.update_id);
}

void control_requests(struct control_request *request)
{
	const struct invites *invites = &request->sim->invites;
	json_t *list = json_array();

	for (size_t i = 0; i < invites->requests_count; i++)
		json_array_append_new(
			list, json_pack("{sIsI}", "chat", (json_int_t)invites->requests[i].chat->id,
					"person", (json_int_t)invites->requests[i].person->id));
	json_object_set_new(request->out, "requests", list);
}
