#include "simulator/control_query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/action_member.h"
#include "simulator/action_pay.h"
#include "simulator/action_text.h"
#include "simulator/ascii.h"
#include "simulator/inline_message.h"
#include "simulator/queries.h"
#include "simulator/sim.h"

static void set_query(struct control_request *request, const struct query *query)
{
	char id[24];

	snprintf(id, sizeof(id), "%lld", (long long)query->id);
	json_object_set_new(request->out, "query_id", json_string(id));
}

/* Where the query is typed: "private" is another private chat, "sender" the bot's own. */
static const char *chat_type_of(const struct control_request *request, const struct chat *chat,
				const struct person *from)
{
	(void)request;
	if (!chat)
		return "sender";
	if (chat->person)
		return chat->person == from ? "sender" : "private";
	return chat_type_name(chat->type);
}

void control_inline(struct control_request *request)
{
	struct sim *sim = request->sim;
	const char *text = control_text(request, "query", "");
	struct person *from = control_find_person(request, "from");
	struct chat *chat = NULL;
	struct query *query;
	struct json json;
	char id[24];

	if (from && json_object_get(request->in, "chat"))
		chat = control_find_chat(request, "chat");
	if (request->refusal)
		return;
	query = queries_add(&sim->queries, QUERY_INLINE, from, text, sim_now_s(sim));
	query->chat = chat;
	snprintf(id, sizeof(id), "%lld", (long long)query->id);
	json = action_json(sim);
	json_object_start(&json);
	json_key_text(&json, "id", id);
	compose_key_person(&json, "from", from);
	json_key_text(&json, "chat_type", chat_type_of(request, chat, from));
	ascii_key_text(&json, "query", text);
	ascii_key_text(&json, "offset", control_text(request, "offset", ""));
	json_object_end(&json);
	control_set_int(request, "update_id",
			action_queue_update(sim, KIND_INLINE_QUERY, from, NULL).update_id);
	set_query(request, query);
}

static const json_t *find_result(const json_t *list, const char *id)
{
	size_t i;
	json_t *result;

	json_array_foreach((json_t *)list, i, result)
	{
		const char *own = json_string_value(json_object_get(result, "id"));

		if (own && !strcmp(own, id))
			return result;
	}
	return NULL;
}

void control_choose(struct control_request *request)
{
	struct sim *sim = request->sim;
	const struct query *query = queries_find(
		&sim->queries, QUERY_INLINE,
		strtoll(control_text(request, "query_id", "0"), NULL, 10));
	json_t *results = query && query->answer ? json_loads(query->answer, 0, NULL) : NULL;
	const json_t *result = find_result(results, control_text(request, "result_id", ""));
	struct chat *chat = query ? query->chat : NULL;

	if (query && json_object_get(request->in, "chat"))
		chat = control_find_chat(request, "chat");
	if (query && !chat && !request->refusal)
		chat = world_private_chat(&sim->world, query->person);
	if (!result)
		request->refusal = "the bot gave no such result";
	else if (chat)
		inline_message_post(request, query, result, chat);
	json_decref(results);
}

/* https://core.telegram.org/bots/features#deep-linking: t.me/BOT?start=PAYLOAD, or with a chat
 * ?startgroup=PAYLOAD, which adds the bot first. */
void control_start(struct control_request *request)
{
	struct sim *sim = request->sim;
	const char *payload = control_text(request, "payload", "");
	struct person *from = control_find_person(request, "from");
	struct action action = { .from = from };
	struct action_result result;
	char text[160];

	if (!from)
		return;
	if (strlen(payload) > 64 ||
	    strspn(payload, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") <
		    strlen(payload)) {
		request->refusal = "\"payload\" is up to 64 of A-Z a-z 0-9 _ -";
		return;
	}
	action.chat = json_object_get(request->in, "chat") ? control_find_chat(request, "chat")
							   : world_private_chat(&sim->world, from);
	if (!action.chat)
		return;
	if (!action.chat->person && !member_is_present(&action.chat->bot))
		action_set_member(sim, action.chat, from, sim->world.bot, MEMBER_MEMBER);
	snprintf(text, sizeof(text), "/start%s%s%s%s", action.chat->person ? "" : "@",
		 action.chat->person ? "" : sim->world.bot->username, *payload ? " " : "", payload);
	result = action_say(sim, &action, text);
	control_set_int(request, "update_id", result.update_id);
	control_set_int(request, "message_id", result.message_id);
	control_set_int(request, "chat_id", action.chat->id);
}

void control_pay(struct control_request *request)
{
	struct sim *sim = request->sim;
	const char *link = control_text(request, "link", NULL);
	struct person *from = control_find_person(request, "from");
	const char *invoice = link ? payments_find_link(&sim->payments, link) : NULL;
	const struct message *message;
	struct chat *chat;
	char *copy;

	if (!from)
		return;
	chat = json_object_get(request->in, "chat") ? control_find_chat(request, "chat")
						    : world_private_chat(&sim->world, from);
	if (!chat)
		return;
	if (!link) {
		message = messages_find(&sim->messages, chat,
					control_int(request, "message_id", 0));
		invoice = message ? message->invoice : NULL;
	}
	if (!invoice) {
		request->refusal = "there is no such invoice";
		return;
	}
	copy = xstrdup(invoice);
	set_query(request, action_pay(sim, from, chat, copy));
	free(copy);
}
