#include "simulator/inline_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/action.h"
#include "simulator/ascii.h"
#include "simulator/formatting.h"
#include "simulator/inline_result.h"
#include "simulator/sim.h"

void inline_message_id(const struct message *message, char out[INLINE_MESSAGE_ID_SIZE])
{
	snprintf(out, INLINE_MESSAGE_ID_SIZE, "InMsg_%lld_%lld", (long long)message->chat->id,
		 (long long)message->id);
}

struct message *inline_message_find(struct sim *sim, const char *id)
{
	long long chat_id, message_id;
	struct chat *chat;
	struct message *message;

	if (sscanf(id, "InMsg_%lld_%lld", &chat_id, &message_id) != 2)
		return NULL;
	chat = world_chat(&sim->world, chat_id);
	message = chat ? messages_find(&sim->messages, chat, message_id) : NULL;
	return message && message->is_inline ? message : NULL;
}

/* inline_message_id is there only if the message has buttons (ChosenInlineResult). */
static void tell_chosen(struct sim *sim, const struct query *query, const char *result_id,
			const struct message *message)
{
	struct json json = action_json(sim);
	char id[INLINE_MESSAGE_ID_SIZE];

	json_object_start(&json);
	compose_key_person(&json, "from", query->person);
	if (message->markup) {
		inline_message_id(message, id);
		json_key_text(&json, "inline_message_id", id);
	}
	ascii_key_text(&json, "query", query->text);
	ascii_key_text(&json, "result_id", result_id);
	json_object_end(&json);
	action_queue_update(sim, KIND_CHOSEN_INLINE_RESULT, query->person, NULL);
}

static void keep(struct call *call, struct message *message, const struct inline_content *content)
{
	const char *entities = send_entities_text(call, &content->text);
	struct buffer via = { 0 };
	struct json json = json_start(&via);

	compose_key_person(&json, "via_bot", call->sim->world.bot);
	free(message->text);
	message->text = content->text.length ? xstrdup(content->text.text) : NULL;
	message->entities = entities ? xstrdup(entities) : NULL;
	message->content = content->content ? xstrdup(content->content) : NULL;
	message->markup = content->markup ? xstrdup(content->markup) : NULL;
	message->extra = xstrdup(buffer_text(&via));
	message->is_inline = true;
	buffer_finish(&via);
}

void inline_message_post(struct control_request *request, const struct query *query,
			 const json_t *result, struct chat *chat)
{
	struct sim *sim = request->sim;
	struct call call = { .sim = sim, .arena = &sim->arena, .parameters = request->query };
	struct inline_content *content = arena_alloc(&sim->arena, sizeof(*content));
	struct action action = { .chat = chat, .from = query->person };
	struct draft draft = action_draft(sim, &action);
	struct message *message;
	struct json json;
	bool seen = !chat->person && member_is_present(&chat->bot);

	if (!inline_result_read(&call, result, content)) {
		request->refusal = "the result is not one that Telegram takes";
		return;
	}
	message = messages_add(&sim->messages, chat, chat_next_message_id(&sim->world, chat));
	message->from = query->person;
	message->date = draft.date;
	keep(&call, message, content);
	/* The bot is not in the private chats of people; in its own it does not see it again. */
	if (seen) {
		json = action_json(sim);
		compose_stored(&json, message);
		action_queue_update(sim,
				    chat->type == CHAT_CHANNEL ? KIND_CHANNEL_POST : KIND_MESSAGE,
				    query->person, chat);
	}
	tell_chosen(sim, query, json_string_value(json_object_get(result, "id")), message);
	control_set_int(request, "message_id", message->id);
	control_set_int(request, "chat_id", chat->id);
}
