#include "simulator/service.h"

#include <string.h>

#include "common/xalloc.h"
#include "simulator/sim.h"

struct action_result service_tell(struct sim *sim, struct chat *chat, struct person *from,
				  int64_t thread_id, const char *members)
{
	struct action action = { .chat = chat, .from = from, .thread_id = thread_id };
	struct draft draft = action_draft(sim, &action);
	struct json json = action_json(sim);
	struct action_result result;
	struct message *message;

	draft.message_id = chat_next_message_id(&sim->world, chat);
	compose_message_start(&json, &draft);
	json_raw(&json, members, strlen(members));
	compose_message_end(&json, NULL);
	result = action_queue_message(sim, &action, &draft, NULL, -1);
	message = messages_find(&sim->messages, chat, draft.message_id);
	if (message) {
		message->content = xstrdup(members);
		message->is_service = true;
		message->from_bot = from == sim->world.bot;
	}
	return result;
}
