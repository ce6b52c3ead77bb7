#include "simulator/control_reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/action.h"
#include "simulator/ascii.h"
#include "simulator/polls.h"
#include "simulator/sim.h"

/* "from", "chat" (default: private) and "message_id"; NULL and a refusal. */
static struct message *find_message(struct control_request *request, struct person **from)
{
	struct chat *chat;
	struct message *message;

	*from = control_find_person(request, "from");
	if (!*from)
		return NULL;
	chat = json_object_get(request->in, "chat")
		       ? control_find_chat(request, "chat")
		       : world_private_chat(&request->sim->world, *from);
	message = chat ? messages_find(&request->sim->messages, chat,
				       control_int(request, "message_id", 0))
		       : NULL;
	if (!message && !request->refusal)
		request->refusal = "there is no such message";
	return message;
}

/* --- votes ------------------------------------------------------------------------------------ */

static void write_options(struct json *json, uint32_t options, bool as_text)
{
	char text[16];

	json_array_start(json);
	for (unsigned i = 0; i < POLL_OPTIONS_MAX; i++) {
		snprintf(text, sizeof(text), "%u", i);
		if (!(options >> i & 1))
			continue;
		if (as_text)
			json_text(json, text);
		else
			json_int(json, i);
	}
	json_array_end(json);
}

static void tell_vote(struct control_request *request, const struct poll *poll, struct person *from,
		      uint32_t options)
{
	struct sim *sim = request->sim;
	struct json json;
	char id[24];

	if (!poll->is_anonymous) {
		snprintf(id, sizeof(id), "%lld", (long long)poll->id);
		json = action_json(sim);
		json_object_start(&json);
		json_key_text(&json, "poll_id", id);
		json_key(&json, "user");
		compose_person(&json, from);
		json_key(&json, "option_ids");
		write_options(&json, options, false);
		json_key(&json, "option_persistent_ids");
		write_options(&json, options, true);
		json_object_end(&json);
		control_set_int(request, "update_id",
				action_queue_update(sim, KIND_POLL_ANSWER, from, NULL).update_id);
	}
	json = action_json(sim);
	poll_write(&json, poll);
	action_queue_update(sim, KIND_POLL, NULL, NULL);
}

void control_vote(struct control_request *request)
{
	const json_t *list = json_object_get(request->in, "options");
	struct person *from;
	struct message *message = find_message(request, &from);
	uint32_t options = 0;
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		options |= 1u << (json_integer_value(item) & 31);
	}
	if (!message)
		return;
	if (!message->poll) {
		request->refusal = "the message is not a poll";
		return;
	}
	poll_expire(message->poll, sim_now_s(request->sim));
	messages_changed(&request->sim->messages, message);
	if (!poll_vote(message->poll, from->id, options))
		request->refusal = "the poll is closed, or does not allow this vote";
	else if (message->poll->by_bot)
		tell_vote(request, message->poll, from, options);
}

/* --- reactions -------------------------------------------------------------------------------- */

/* Emoji in "reaction", as a text or an array of texts, as ReactionType objects. */
static char *reaction_list(const json_t *wanted)
{
	json_t *list = json_array();
	char *dump;
	size_t i;
	json_t *item;

	if (json_is_string(wanted) && *json_string_value(wanted))
		json_array_append_new(list, json_pack("{ssss}", "type", "emoji", "emoji",
						      json_string_value(wanted)));
	json_array_foreach((json_t *)wanted, i, item)
	{
		json_array_append_new(list, json_is_string(item)
						    ? json_pack("{ssss}", "type", "emoji", "emoji",
								json_string_value(item))
						    : json_deep_copy(item));
	}
	dump = json_dumps(list, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(list);
	return dump;
}

static void key_raw(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	json_raw(json, text, strlen(text));
}

static void write_head(struct json *json, const struct message *message, int64_t now_s)
{
	json_object_start(json);
	json_key(json, "chat");
	compose_chat(json, message->chat);
	json_key_int(json, "message_id", message->id);
	json_key_int(json, "date", now_s);
}

/* In a channel reactions have no names: only how many there are of each. */
static void tell_counts(struct sim *sim, const struct message *message)
{
	struct json json = action_json(sim);
	json_t *counts = json_object();
	const char *reaction;
	json_t *count;

	for (size_t i = 0; i < message->reactions.count; i++) {
		json_t *list = json_loads(message->reactions.items[i].list, 0, NULL);
		size_t j;
		json_t *one;

		json_array_foreach(list, j, one)
		{
			char *key = json_dumps(one, JSON_COMPACT | JSON_ENSURE_ASCII);
			json_int_t before = json_integer_value(json_object_get(counts, key));

			json_object_set_new(counts, key, json_integer(before + 1));
			free(key);
		}
		json_decref(list);
	}
	write_head(&json, message, sim_now_s(sim));
	json_key(&json, "reactions");
	json_array_start(&json);
	json_object_foreach(counts, reaction, count)
	{
		json_object_start(&json);
		key_raw(&json, "type", reaction);
		json_key_int(&json, "total_count", json_integer_value(count));
		json_object_end(&json);
	}
	json_array_end(&json);
	json_object_end(&json);
	json_decref(counts);
	action_queue_update(sim, KIND_MESSAGE_REACTION_COUNT, NULL, message->chat);
}

static void tell_reaction(struct control_request *request, const struct message *message,
			  struct person *from, const char *before, const char *after)
{
	struct sim *sim = request->sim;
	struct json json = action_json(sim);

	write_head(&json, message, sim_now_s(sim));
	if (control_bool(request, "anonymous", false)) {
		json_key(&json, "actor_chat");
		compose_chat(&json, message->chat);
	} else {
		compose_key_person(&json, "user", from);
	}
	key_raw(&json, "old_reaction", before);
	key_raw(&json, "new_reaction", after);
	json_object_end(&json);
	control_set_int(
		request, "update_id",
		action_queue_update(sim, KIND_MESSAGE_REACTION, from, message->chat).update_id);
}

/* The bot learns of it in private chats, and elsewhere as an administrator
 * (Update.message_reaction). */
void control_react(struct control_request *request)
{
	struct person *from;
	struct message *message = find_message(request, &from);
	char *before, *after;
	int64_t actor;

	if (!message)
		return;
	actor = control_bool(request, "anonymous", false) ? message->chat->id : from->id;
	before = strdup(reactions_of(&message->reactions, actor));
	after = reaction_list(json_object_get(request->in, "reaction"));
	reactions_set(&message->reactions, actor, after);
	messages_changed(&request->sim->messages, message);
	if (message->chat->type == CHAT_CHANNEL)
		tell_counts(request->sim, message);
	else if (message->chat->person || member_is_admin(&message->chat->bot))
		tell_reaction(request, message, from, before, after);
	free(before);
	free(after);
}

/* --- deletions -------------------------------------------------------------------------------- */

static bool may_delete(const struct message *message, const struct person *from)
{
	const struct member *member = chat_member(message->chat, from);

	return message->from == from || message->chat->person ||
	       (member && member_has_right(member, RIGHT_DELETE_MESSAGES));
}

void control_delete(struct control_request *request)
{
	struct person *from;
	struct message *message = find_message(request, &from);

	if (!message)
		return;
	if (may_delete(message, from))
		messages_delete(&request->sim->messages, message);
	else
		request->refusal = "this person may not delete that message";
}
