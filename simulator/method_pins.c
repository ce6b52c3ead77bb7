#include "simulator/method_pins.h"

#include "simulator/call_message.h"
#include "simulator/compose.h"
#include "simulator/service.h"
#include "simulator/sim.h"

/* DialogManager::can_pin_messages in TDLib */
static bool may_pin(struct call *call)
{
	const struct chat *chat = call->chat;
	bool may = chat->person ||
		   (chat->type == CHAT_CHANNEL ? member_has_right(&chat->bot, RIGHT_EDIT_MESSAGES)
					       : member_has_right(&chat->bot, RIGHT_PIN_MESSAGES) ||
							 (!member_is_admin(&chat->bot) &&
							  member_may(&chat->bot, chat->permissions,
								     MAY_PIN_MESSAGES)));

	return may || call_fail(call, 400,
				"Bad Request: not enough rights to manage pinned messages in the "
				"chat");
}

/* The newest pin is the one that getChat shows. */
static void tell(struct call *call, const struct message *message)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	json_key(&json, "pinned_message");
	compose_stored(&json, message);
	service_tell(call->sim, call->chat, call->sim->world.bot, message->thread_id,
		     buffer_text(&out));
	buffer_finish(&out);
}

void method_pin_chat_message(struct call *call)
{
	struct message *message;

	if (!call_chat(call, true) || !call_message(call, "message to pin", &message) ||
	    !may_pin(call))
		return;
	if (message->is_service) {
		call_fail(call, 400, "Bad Request: message can't be pinned");
		return;
	}
	if (!message->is_pinned) {
		message->is_pinned = true;
		messages_changed(&call->sim->messages, message);
		tell(call, message);
	}
	call_result_true(call);
}

/* Of a topic, if `thread_id` is not 0. The ring is walked: pins are rare. */
static struct message *newest_pin(struct call *call, int64_t thread_id)
{
	const struct messages *messages = &call->sim->messages;
	struct message *newest = NULL;

	for (size_t i = 0; messages->ring && i < MESSAGES_MAX; i++) {
		struct message *message = &messages->ring[i];

		if (message->chat == call->chat && message->is_pinned && !message->deleted &&
		    (thread_id == 0 || message->thread_id == thread_id) &&
		    (!newest || message->id > newest->id))
			newest = message;
	}
	return newest;
}

void method_unpin_chat_message(struct call *call)
{
	struct message *message;

	if (!call_chat(call, true) || !may_pin(call))
		return;
	if (!parameters_id(call->parameters, "message_id")) {
		message = newest_pin(call, 0);
		if (!message) {
			call_fail(call, 400, "Bad Request: message to unpin not found");
			return;
		}
	} else if (!call_message(call, "message to unpin", &message)) {
		return;
	}
	message->is_pinned = false;
	messages_changed(&call->sim->messages, message);
	call_result_true(call);
}

/* Also of one topic: unpinAllForumTopicMessages. */
void method_unpin_all_chat_messages(struct call *call)
{
	int64_t thread_id = parameters_int(call->parameters, "message_thread_id", 0, 0, INT32_MAX);
	struct message *message;

	if (!call_chat(call, true) || !may_pin(call))
		return;
	while ((message = newest_pin(call, thread_id))) {
		message->is_pinned = false;
		messages_changed(&call->sim->messages, message);
	}
	call_result_true(call);
}
