#include "simulator/control_business.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/action.h"
#include "simulator/ascii.h"
#include "simulator/feed.h"
#include "simulator/sim.h"

/* The update of kind `field`, whose object is in sim.scratch. */
static void queue(struct control_request *request, enum update_kind kind, struct person *actor)
{
	control_set_int(request, "update_id",
			action_queue_update(request->sim, kind, actor, NULL).update_id);
}

void control_business(struct control_request *request)
{
	struct sim *sim = request->sim;
	struct person *from = control_find_person(request, "from");
	struct business_connection *connection = from ? business_connect(&sim->business, from,
									 sim_now_s(sim))
						      : NULL;
	struct json json;

	if (!from)
		return;
	if (!connection) {
		request->refusal = "there are too many business connections";
		return;
	}
	connection->is_enabled = control_bool(request, "enabled", true);
	connection->can_reply = control_bool(request, "can_reply", true);
	json = action_json(sim);
	business_write(&json, connection);
	json_object_set_new(request->out, "id", json_string(connection->id));
	queue(request, KIND_BUSINESS_CONNECTION, from);
}

/* The connection of "to"; NULL and a refusal when there is none that is enabled. */
static const struct business_connection *find_connection(struct control_request *request)
{
	struct business *business = &request->sim->business;
	struct person *to = control_find_person(request, "to");

	for (size_t i = 0; to && i < business->count; i++) {
		if (business->items[i].user == to && business->items[i].is_enabled)
			return &business->items[i];
	}
	if (!request->refusal)
		request->refusal = "this person has not connected the bot";
	return NULL;
}

static char *extra_of(const struct business_connection *connection)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	char *text;

	json_key_text(&json, "business_connection_id", connection->id);
	text = xstrdup(buffer_text(&out));
	buffer_finish(&out);
	return text;
}

/* A customer writes to the owner of the connection, or the owner to a customer ("owner": true). */
void control_business_say(struct control_request *request)
{
	struct sim *sim = request->sim;
	const char *text = control_text(request, "text", NULL);
	int64_t edit = control_int(request, "edit", 0);
	const struct business_connection *connection = find_connection(request);
	struct person *from = connection ? control_find_person(request, "from") : NULL;
	struct message *message;
	struct chat *chat;
	struct json json;

	if (!from)
		return;
	chat = world_private_chat(&sim->world, from);
	message = edit ? messages_find(&sim->messages, chat, edit)
		       : messages_add(&sim->messages, chat,
				      chat_next_message_id(&sim->world, chat));
	if (!text || !message) {
		request->refusal = text ? "there is no such message" : "\"text\" is missing";
		return;
	}
	if (!edit) {
		message->from = control_bool(request, "owner", false) ? connection->user : from;
		message->date = sim_now_s(sim);
		message->extra = extra_of(connection);
	} else {
		message->edit_date = sim_now_s(sim);
		messages_changed(&sim->messages, message);
	}
	free(message->text);
	message->text = xstrdup(text);
	if (message->from == from)
		from->wrote_to_business_s = sim_now_s(sim);
	json = action_json(sim);
	compose_stored(&json, message);
	control_set_int(request, "message_id", message->id);
	queue(request, edit ? KIND_EDITED_BUSINESS_MESSAGE : KIND_BUSINESS_MESSAGE, message->from);
}

void control_business_delete(struct control_request *request)
{
	struct sim *sim = request->sim;
	const struct business_connection *connection = find_connection(request);
	struct person *from = connection ? control_find_person(request, "from") : NULL;
	int64_t id = control_int(request, "message_id", 0);
	struct message *message = from ? messages_find(&sim->messages,
						       world_private_chat(&sim->world, from), id)
				       : NULL;
	struct json json;

	if (!message) {
		if (!request->refusal)
			request->refusal = "there is no such message";
		return;
	}
	messages_delete(&sim->messages, message);
	json = action_json(sim);
	json_object_start(&json);
	json_key_text(&json, "business_connection_id", connection->id);
	json_key(&json, "chat");
	compose_chat(&json, message->chat);
	json_key(&json, "message_ids");
	json_array_start(&json);
	json_int(&json, id);
	json_array_end(&json);
	json_object_end(&json);
	queue(request, KIND_DELETED_BUSINESS_MESSAGES, NULL);
}
