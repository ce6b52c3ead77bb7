#include "simulator/action_update.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/action_join.h"
#include "simulator/action_member.h"
#include "simulator/ascii.h"
#include "simulator/feed.h"
#include "simulator/inline_message.h"
#include "simulator/seeded_random.h"
#include "simulator/sim.h"
#include "simulator/transcript.h"

static void key_number_text(struct json *json, struct sim *sim, const char *key)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld",
		 4382648392000000000 +
			 (long long)seeded_random_below(&sim->random, 1000000000000000));
	json_key_text(json, key, text);
}

static void reaction_list(struct json *json, const char *key, const char *emoji)
{
	json_key(json, key);
	json_array_start(json);
	if (emoji) {
		json_object_start(json);
		json_key_text(json, "type", "emoji");
		ascii_key_text(json, "emoji", emoji);
		json_object_end(json);
	}
	json_array_end(json);
}

static struct action_result send_reaction(struct sim *sim, const struct action *action)
{
	struct json json = action_json(sim);

	if (!action->from)
		return action_impossible();
	json_object_start(&json);
	json_key(&json, "chat");
	compose_chat(&json, action->chat);
	json_key_int(&json, "message_id", action->reply_to ? action->reply_to : 1);
	compose_key_person(&json, "user", action->from);
	json_key_int(&json, "date", sim_now_s(sim));
	reaction_list(&json, "old_reaction", NULL);
	reaction_list(&json, "new_reaction", "👍");
	json_object_end(&json);
	return action_queue_update(sim, KIND_MESSAGE_REACTION, action->from, action->chat);
}

static struct action_result send_reaction_count(struct sim *sim, const struct action *action)
{
	struct json json = action_json(sim);

	json_object_start(&json);
	json_key(&json, "chat");
	compose_chat(&json, action->chat);
	json_key_int(&json, "message_id", action->reply_to ? action->reply_to : 1);
	json_key_int(&json, "date", sim_now_s(sim));
	json_key(&json, "reactions");
	json_raw(&json, "[]", 2);
	json_object_end(&json);
	return action_queue_update(sim, KIND_MESSAGE_REACTION_COUNT, NULL, action->chat);
}

/* One that the bot may answer. */
static void key_query_id(struct json *json, struct sim *sim, const struct action *action,
			 enum query_kind kind)
{
	const struct query *query = queries_add(&sim->queries, kind, action->from, NULL,
						sim_now_s(sim));
	char id[24];

	snprintf(id, sizeof(id), "%" PRId64, query->id);
	json_key_text(json, "id", id);
}

static struct action_result send_inline_query(struct sim *sim, const struct action *action)
{
	struct json json = action_json(sim);

	if (!action->from)
		return action_impossible();
	json_object_start(&json);
	key_query_id(&json, sim, action, QUERY_INLINE);
	compose_key_person(&json, "from", action->from);
	json_key_text(&json, "chat_type", chat_type_name(action->chat->type));
	ascii_key_text(&json, "query", action->caption ? action->caption : "wetter münchen");
	json_key_text(&json, "offset", "");
	json_object_end(&json);
	return action_queue_update(sim, KIND_INLINE_QUERY, action->from, NULL);
}

static struct action_result send_chosen_inline_result(struct sim *sim, const struct action *action)
{
	struct json json = action_json(sim);

	if (!action->from)
		return action_impossible();
	json_object_start(&json);
	compose_key_person(&json, "from", action->from);
	json_key_text(&json, "query", "wetter");
	json_key_text(&json, "result_id", "weather-1");
	json_object_end(&json);
	return action_queue_update(sim, KIND_CHOSEN_INLINE_RESULT, action->from, NULL);
}

static struct action_result send_join_request(struct sim *sim, const struct action *action)
{
	if (!action->from || action->chat->person)
		return action_impossible();
	return action_request_join(sim, action->chat, action->from, NULL,
				   "Ich spiele gern Schach ♟");
}

static struct action_result send_poll_answer(struct sim *sim, const struct action *action)
{
	struct json json = action_json(sim);

	if (!action->from)
		return action_impossible();
	json_object_start(&json);
	key_number_text(&json, sim, "poll_id");
	compose_key_person(&json, "user", action->from);
	json_key(&json, "option_ids");
	json_raw(&json, "[1]", 3);
	json_key(&json, "option_persistent_ids");
	json_raw(&json, "[\"1\"]", 5);
	json_object_end(&json);
	return action_queue_update(sim, KIND_POLL_ANSWER, action->from, NULL);
}

static struct action_result send_pre_checkout(struct sim *sim, const struct action *action)
{
	struct json json = action_json(sim);

	if (!action->from)
		return action_impossible();
	json_object_start(&json);
	key_query_id(&json, sim, action, QUERY_PRE_CHECKOUT);
	compose_key_person(&json, "from", action->from);
	json_key_text(&json, "currency", "XTR");
	json_key_int(&json, "total_amount", 50);
	json_key_text(&json, "invoice_payload", "support-the-bot");
	json_object_end(&json);
	return action_queue_update(sim, KIND_PRE_CHECKOUT_QUERY, action->from, NULL);
}

static struct action_result send_shipping(struct sim *sim, const struct action *action)
{
	struct json json = action_json(sim);

	if (!action->from)
		return action_impossible();
	json_object_start(&json);
	key_query_id(&json, sim, action, QUERY_SHIPPING);
	compose_key_person(&json, "from", action->from);
	json_key_text(&json, "invoice_payload", "mug");
	json_key(&json, "shipping_address");
	json_object_start(&json);
	json_key_text(&json, "country_code", "DE");
	json_key_text(&json, "state", "");
	ascii_key_text(&json, "city", "München");
	ascii_key_text(&json, "street_line1", "Amalienstraße 87");
	json_key_text(&json, "street_line2", "");
	json_key_text(&json, "post_code", "80799");
	json_object_end(&json);
	json_object_end(&json);
	return action_queue_update(sim, KIND_SHIPPING_QUERY, action->from, NULL);
}

static struct action_result send_boost(struct sim *sim, const struct action *action)
{
	struct json json = action_json(sim);

	if (!action->from || action->chat->person)
		return action_impossible();
	json_object_start(&json);
	json_key(&json, "chat");
	compose_chat(&json, action->chat);
	json_key(&json, "boost");
	json_object_start(&json);
	key_number_text(&json, sim, "boost_id");
	json_key_int(&json, "add_date", sim_now_s(sim));
	json_key_int(&json, "expiration_date", sim_now_s(sim) + 2592000);
	json_key(&json, "source");
	json_object_start(&json);
	json_key_text(&json, "source", "premium");
	compose_key_person(&json, "user", action->from);
	json_object_end(&json);
	json_object_end(&json);
	json_object_end(&json);
	return action_queue_update(sim, KIND_CHAT_BOOST, action->from, action->chat);
}

static struct action_result add_bot(struct sim *sim, const struct action *action)
{
	if (!action->from || action->chat->person)
		return action_impossible();
	return action_set_member(sim, action->chat, action->from, sim->world.bot, MEMBER_MEMBER);
}

static struct action_result promote_bot(struct sim *sim, const struct action *action)
{
	if (!action->from || action->chat->person)
		return action_impossible();
	return action_set_member(sim, action->chat, action->from, sim->world.bot,
				 MEMBER_ADMINISTRATOR);
}

static struct action_result remove_bot(struct sim *sim, const struct action *action)
{
	if (!action->from || action->chat->person)
		return action_impossible();
	return action_set_member(sim, action->chat, action->from, sim->world.bot, MEMBER_KICKED);
}

static const struct {
	const char *kind;
	struct action_result (*fn)(struct sim *sim, const struct action *action);
} updates[] = {
	{ "reaction", send_reaction },
	{ "reaction_count", send_reaction_count },
	{ "inline_query", send_inline_query },
	{ "chosen_inline_result", send_chosen_inline_result },
	{ "join_request", send_join_request },
	{ "poll_answer", send_poll_answer },
	{ "pre_checkout_query", send_pre_checkout },
	{ "shipping_query", send_shipping },
	{ "chat_boost", send_boost },
	{ "add_bot", add_bot },
	{ "promote_bot", promote_bot },
	{ "remove_bot", remove_bot },
};

const char *action_update_kind(size_t index)
{
	return index < COUNT_OF(updates) ? updates[index].kind : NULL;
}

struct action_result action_send_update(struct sim *sim, const struct action *action,
					const char *kind)
{
	for (size_t i = 0; i < COUNT_OF(updates); i++) {
		if (!strcmp(updates[i].kind, kind))
			return updates[i].fn(sim, action);
	}
	return action_impossible();
}

struct action_result action_press(struct sim *sim, struct person *person,
				  const struct message *message, const char *data,
				  char query_id[32])
{
	struct new_update update = {
		.kind = KIND_CALLBACK_QUERY, .actor = person, .chat = message->chat, .ping = -1
	};
	struct json json = action_json(sim);
	char inline_id[INLINE_MESSAGE_ID_SIZE];

	snprintf(query_id, 32, "%" PRId64,
		 callback_queries_add(&sim->callback_queries, sim_now_s(sim)));
	json_object_start(&json);
	json_key_text(&json, "id", query_id);
	compose_key_person(&json, "from", person);
	if (message->is_inline) {
		inline_message_id(message, inline_id);
		json_key_text(&json, "inline_message_id", inline_id);
	} else {
		json_key(&json, "message");
		compose_stored(&json, message);
	}
	json_key(&json, "chat_instance");
	json_text(&json, "-2674883452396134214");
	ascii_key_text(&json, "data", data);
	json_object_end(&json);
	transcript_action(sim, message->chat, person, "pressed a button");
	return (struct action_result) { feed_update(sim, &update, buffer_unread(&sim->scratch),
						    buffer_unread_size(&sim->scratch)),
					0 };
}
