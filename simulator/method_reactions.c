#include "simulator/method_reactions.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/call_message.h"
#include "simulator/reactions.h"
#include "simulator/sim.h"

#define BOT_REACTIONS_MAX 1 /* as a user without Premium */

/* Emoji by the list of ReactionTypeEmoji; a custom emoji only where somebody used it already. */
static bool check_reaction(struct call *call, const json_t *reaction)
{
	const char *type = json_string_value(json_object_get(reaction, "type"));
	const char *emoji = json_string_value(json_object_get(reaction, "emoji"));
	const struct botapi_field *field = botapi_find_field(
		botapi_find_object("ReactionTypeEmoji"), "emoji", 5);

	if (!json_is_object(reaction))
		return call_fail(call, 400,
				 "Bad Request: can't parse ReactionType: expected an Object");
	if (!type || (strcmp(type, "emoji") != 0 && strcmp(type, "custom_emoji") != 0))
		return call_fail(
			call, 400,
			"Bad Request: can't parse ReactionType: invalid reaction type specified");
	if (!strcmp(type, "custom_emoji") ||
	    (emoji && botapi_has_word(&botapi_types[field->type], emoji)))
		return true;
	return call_fail(call, 400, "Bad Request: REACTION_INVALID");
}

static bool check_reactions(struct call *call, const json_t *list)
{
	size_t i;
	json_t *reaction;

	if (!list)
		return call_fail(call, 400, "Bad Request: can't parse reaction types JSON object");
	if (!json_is_array(list))
		return call_fail(call, 400, "Bad Request: expected an Array of ReactionType");
	json_array_foreach((json_t *)list, i, reaction)
	{
		if (!check_reaction(call, reaction))
			return false;
	}
	return json_array_size(list) <= BOT_REACTIONS_MAX ||
	       call_fail(call, 400, "Bad Request: REACTIONS_TOO_MANY");
}

void method_set_message_reaction(struct call *call)
{
	const char *text = parameters_text(call->parameters, "reaction");
	json_t *list = *text ? json_loads(text, 0, NULL) : json_array();
	struct message *message;
	char *dump;

	if (check_reactions(call, list) && call_chat(call, true) &&
	    call_message(call, "message to react", &message)) {
		dump = json_dumps(list, JSON_COMPACT | JSON_ENSURE_ASCII);
		reactions_set(&message->reactions, call->sim->world.bot->id, dump);
		messages_changed(&call->sim->messages, message);
		free(dump);
		call_result_true(call);
	}
	json_decref(list);
}

/* The person or chat whose reactions go; false after call_fail(). */
static bool take_actor(struct call *call, int64_t *out)
{
	*out = parameters_id(call->parameters, "user_id");
	if (*out == 0)
		*out = parameters_id(call->parameters, "actor_chat_id");
	if (*out == 0)
		return call_fail(call, 400, "Bad Request: invalid user_id specified");
	if (!call_chat(call, true))
		return false;
	if (call->chat->person || call->chat->type == CHAT_CHANNEL)
		return call_fail(call, 400,
				 "Bad Request: the method is available only for groups and "
				 "supergroups");
	return member_has_right(&call->chat->bot, RIGHT_DELETE_MESSAGES) ||
	       call_fail(call, 400, "Bad Request: CHAT_ADMIN_REQUIRED");
}

void method_delete_message_reaction(struct call *call)
{
	struct message *message;
	int64_t actor;

	if (!take_actor(call, &actor) || !call_message(call, "message", &message))
		return;
	reactions_set(&message->reactions, actor, "[]");
	messages_changed(&call->sim->messages, message);
	call_result_true(call);
}

void method_delete_all_message_reactions(struct call *call)
{
	struct messages *messages = &call->sim->messages;
	int64_t actor;

	if (!take_actor(call, &actor))
		return;
	for (size_t i = 0; messages->ring && i < MESSAGES_MAX; i++) {
		if (messages->ring[i].chat != call->chat ||
		    !strcmp(reactions_of(&messages->ring[i].reactions, actor), "[]"))
			continue;
		reactions_set(&messages->ring[i].reactions, actor, "[]");
		messages_changed(messages, &messages->ring[i]);
	}
	call_result_true(call);
}
