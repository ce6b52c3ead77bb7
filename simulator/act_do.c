/* act_do.c - service messages and the updates that are no messages. */
#include <stdio.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/act_message.h"
#include "simulator/ascii.h"
#include "simulator/random.h"
#include "simulator/show.h"
#include "simulator/sim.h"

static struct acted does_not_fit(void)
{
	return (struct acted) { .update_id = -1 };
}

static struct json begin(struct sim *sim)
{
	struct json json;

	buffer_clear(&sim->scratch);
	json = json_start(&sim->scratch);
	return json;
}

/* Queues what is in the scratch buffer. */
static struct acted tell(struct sim *sim, enum update_kind kind, struct person *actor,
			 struct chat *chat)
{
	struct happening happening = {
		.kind = kind,
		.actor = actor && !actor->is_bot ? actor : NULL,
		.chat = chat,
		.ping = -1,
	};

	return (struct acted) { .update_id = feed_update(sim, &happening,
							 buffer_unread(&sim->scratch),
							 buffer_unread_size(&sim->scratch)) };
}

static void key_number_text(struct json *json, struct sim *sim, const char *key)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld",
		 4382648392000000000 +
			 (long long)random_below(&sim->crowd.random, 1000000000000000));
	json_key_text(json, key, text);
}

/* --- service messages ---------------------------------------------------- */

static struct acted service(struct sim *sim, const struct act *act,
			    void (*write)(struct json *json, struct sim *sim,
					  const struct act *act))
{
	struct draft draft = act_draft(sim, act);
	struct json json = begin(sim);

	draft.message_id = chat_next_message_id(&sim->world, act->chat);
	compose_message_start(&json, &draft);
	write(&json, sim, act);
	compose_message_end(&json, NULL);
	return act_finish(sim, act, &draft, NULL, &sim->scratch, -1);
}

static void write_join(struct json *json, struct sim *sim, const struct act *act)
{
	(void)sim;
	json_key(json, "new_chat_participant");
	compose_person(json, act->from);
	json_key(json, "new_chat_member");
	compose_person(json, act->from);
	json_key(json, "new_chat_members");
	json_array_start(json);
	compose_person(json, act->from);
	json_array_end(json);
}

static void write_leave(struct json *json, struct sim *sim, const struct act *act)
{
	(void)sim;
	compose_key_person(json, "left_chat_participant", act->from);
	compose_key_person(json, "left_chat_member", act->from);
}

static bool is_group(const struct act *act)
{
	return act->from && (act->chat->type == CHAT_GROUP || act->chat->type == CHAT_SUPERGROUP);
}

static struct acted do_join(struct sim *sim, const struct act *act)
{
	if (!is_group(act))
		return does_not_fit();
	/* An administrator is told twice: by chat_member and by the service message. */
	if (act->chat->bot_status == MEMBER_ADMINISTRATOR)
		act_set_member(sim, act->chat, act->from, act->from, MEMBER_MEMBER);
	chat_set_member(act->chat, act->from, MEMBER_MEMBER);
	return service(sim, act, write_join);
}

static struct acted do_leave(struct sim *sim, const struct act *act)
{
	if (!is_group(act))
		return does_not_fit();
	if (act->chat->bot_status == MEMBER_ADMINISTRATOR)
		act_set_member(sim, act->chat, act->from, act->from, MEMBER_LEFT);
	chat_set_member(act->chat, act->from, MEMBER_LEFT);
	return service(sim, act, write_leave);
}

static void write_title(struct json *json, struct sim *sim, const struct act *act)
{
	(void)sim;
	ascii_key_text(json, "new_chat_title", act->chat->title);
}

static struct acted do_title(struct sim *sim, const struct act *act)
{
	char title[160];

	if (!is_group(act) || !act->caption)
		return does_not_fit();
	snprintf(title, sizeof(title), "%.128s", act->caption);
	chat_rename(act->chat, title, NULL);
	return service(sim, act, write_title);
}

static void write_pinned(struct json *json, struct sim *sim, const struct act *act)
{
	json_key(json, "pinned_message");
	compose_stored(json, messages_find(&sim->messages, act->chat, act->reply_to));
}

static struct acted do_pin(struct sim *sim, const struct act *act)
{
	struct act pin = *act;
	struct draft draft;
	struct json json;

	if (!messages_find(&sim->messages, act->chat, act->reply_to))
		return does_not_fit();
	draft = act_draft(sim, act);
	draft.reply_to = NULL;
	draft.message_id = chat_next_message_id(&sim->world, act->chat);
	json = begin(sim);
	compose_message_start(&json, &draft);
	write_pinned(&json, sim, &pin);
	compose_message_end(&json, NULL);
	return act_finish(sim, act, &draft, NULL, &sim->scratch, -1);
}

static void write_topic(struct json *json, struct sim *sim, const struct act *act)
{
	(void)sim;
	json_key(json, "forum_topic_created");
	json_object_start(json);
	ascii_key_text(json, "name", act->caption ? act->caption : "Neues Thema");
	json_key_int(json, "icon_color", 7322096);
	json_object_end(json);
}

static struct acted do_topic(struct sim *sim, const struct act *act)
{
	struct chat *chat = act->chat;
	struct act opened = *act;
	struct acted acted;

	if (!chat->is_forum || chat->topics_count == TOPICS_MAX)
		return does_not_fit();
	opened.thread_id = chat->last_message_id + 1;
	acted = service(sim, &opened, write_topic);
	chat->topics[chat->topics_count++] = (struct topic) { .thread_id = acted.message_id,
							      .name = "Neues Thema" };
	return acted;
}

/* --- updates of their own ------------------------------------------------ */

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

static struct acted do_reaction(struct sim *sim, const struct act *act)
{
	struct json json = begin(sim);

	if (!act->from)
		return does_not_fit();
	json_object_start(&json);
	json_key(&json, "chat");
	compose_chat(&json, act->chat);
	json_key_int(&json, "message_id", act->reply_to ? act->reply_to : 1);
	compose_key_person(&json, "user", act->from);
	json_key_int(&json, "date", sim_now_s(sim));
	reaction_list(&json, "old_reaction", NULL);
	reaction_list(&json, "new_reaction", "👍");
	json_object_end(&json);
	return tell(sim, KIND_MESSAGE_REACTION, act->from, act->chat);
}

static struct acted do_reaction_count(struct sim *sim, const struct act *act)
{
	struct json json = begin(sim);

	json_object_start(&json);
	json_key(&json, "chat");
	compose_chat(&json, act->chat);
	json_key_int(&json, "message_id", act->reply_to ? act->reply_to : 1);
	json_key_int(&json, "date", sim_now_s(sim));
	json_key(&json, "reactions");
	json_raw(&json, "[]", 2);
	json_object_end(&json);
	return tell(sim, KIND_MESSAGE_REACTION_COUNT, NULL, act->chat);
}

static struct acted do_inline_query(struct sim *sim, const struct act *act)
{
	struct json json = begin(sim);

	if (!act->from)
		return does_not_fit();
	json_object_start(&json);
	key_number_text(&json, sim, "id");
	compose_key_person(&json, "from", act->from);
	json_key_text(&json, "chat_type", chat_type_name(act->chat->type));
	ascii_key_text(&json, "query", act->caption ? act->caption : "wetter münchen");
	json_key_text(&json, "offset", "");
	json_object_end(&json);
	return tell(sim, KIND_INLINE_QUERY, act->from, NULL);
}

static struct acted do_chosen_inline_result(struct sim *sim, const struct act *act)
{
	struct json json = begin(sim);

	if (!act->from)
		return does_not_fit();
	json_object_start(&json);
	compose_key_person(&json, "from", act->from);
	json_key_text(&json, "query", "wetter");
	json_key_text(&json, "result_id", "weather-1");
	json_object_end(&json);
	return tell(sim, KIND_CHOSEN_INLINE_RESULT, act->from, NULL);
}

static struct acted do_join_request(struct sim *sim, const struct act *act)
{
	struct json json = begin(sim);

	if (!act->from || act->chat->person)
		return does_not_fit();
	json_object_start(&json);
	json_key(&json, "chat");
	compose_chat(&json, act->chat);
	compose_key_person(&json, "from", act->from);
	json_key_int(&json, "user_chat_id", act->from->id);
	json_key_int(&json, "date", sim_now_s(sim));
	ascii_key_text(&json, "bio", "Ich spiele gern Schach ♟");
	json_object_end(&json);
	return tell(sim, KIND_CHAT_JOIN_REQUEST, act->from, act->chat);
}

static struct acted do_poll_answer(struct sim *sim, const struct act *act)
{
	struct json json = begin(sim);

	if (!act->from)
		return does_not_fit();
	json_object_start(&json);
	key_number_text(&json, sim, "poll_id");
	compose_key_person(&json, "user", act->from);
	json_key(&json, "option_ids");
	json_raw(&json, "[1]", 3);
	json_object_end(&json);
	return tell(sim, KIND_POLL_ANSWER, act->from, NULL);
}

static struct acted do_pre_checkout(struct sim *sim, const struct act *act)
{
	struct json json = begin(sim);

	if (!act->from)
		return does_not_fit();
	json_object_start(&json);
	key_number_text(&json, sim, "id");
	compose_key_person(&json, "from", act->from);
	json_key_text(&json, "currency", "XTR");
	json_key_int(&json, "total_amount", 50);
	json_key_text(&json, "invoice_payload", "support-the-bot");
	json_object_end(&json);
	return tell(sim, KIND_PRE_CHECKOUT_QUERY, act->from, NULL);
}

static struct acted do_shipping(struct sim *sim, const struct act *act)
{
	struct json json = begin(sim);

	if (!act->from)
		return does_not_fit();
	json_object_start(&json);
	key_number_text(&json, sim, "id");
	compose_key_person(&json, "from", act->from);
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
	return tell(sim, KIND_SHIPPING_QUERY, act->from, NULL);
}

static struct acted do_boost(struct sim *sim, const struct act *act)
{
	struct json json = begin(sim);

	if (!act->from || act->chat->person)
		return does_not_fit();
	json_object_start(&json);
	json_key(&json, "chat");
	compose_chat(&json, act->chat);
	json_key(&json, "boost");
	json_object_start(&json);
	key_number_text(&json, sim, "boost_id");
	json_key_int(&json, "add_date", sim_now_s(sim));
	json_key_int(&json, "expiration_date", sim_now_s(sim) + 2592000);
	json_key(&json, "source");
	json_object_start(&json);
	json_key_text(&json, "source", "premium");
	compose_key_person(&json, "user", act->from);
	json_object_end(&json);
	json_object_end(&json);
	json_object_end(&json);
	return tell(sim, KIND_CHAT_BOOST, act->from, act->chat);
}

static struct acted do_add_bot(struct sim *sim, const struct act *act)
{
	if (!act->from || act->chat->person)
		return does_not_fit();
	return act_set_member(sim, act->chat, act->from, sim->world.bot, MEMBER_MEMBER);
}

static struct acted do_promote_bot(struct sim *sim, const struct act *act)
{
	if (!act->from || act->chat->person)
		return does_not_fit();
	return act_set_member(sim, act->chat, act->from, sim->world.bot, MEMBER_ADMINISTRATOR);
}

static struct acted do_remove_bot(struct sim *sim, const struct act *act)
{
	if (!act->from || act->chat->person)
		return does_not_fit();
	return act_set_member(sim, act->chat, act->from, sim->world.bot, MEMBER_KICKED);
}

static const struct {
	const char *kind;
	struct acted (*act)(struct sim *sim, const struct act *act);
} doings[] = {
	{ "join", do_join },
	{ "leave", do_leave },
	{ "title", do_title },
	{ "pin", do_pin },
	{ "topic", do_topic },
	{ "reaction", do_reaction },
	{ "reaction_count", do_reaction_count },
	{ "inline_query", do_inline_query },
	{ "chosen_inline_result", do_chosen_inline_result },
	{ "join_request", do_join_request },
	{ "poll_answer", do_poll_answer },
	{ "pre_checkout_query", do_pre_checkout },
	{ "shipping_query", do_shipping },
	{ "chat_boost", do_boost },
	{ "add_bot", do_add_bot },
	{ "promote_bot", do_promote_bot },
	{ "remove_bot", do_remove_bot },
};

struct acted act_do(struct sim *sim, const struct act *act, const char *kind)
{
	for (size_t i = 0; i < COUNT_OF(doings); i++) {
		if (!strcmp(doings[i].kind, kind))
			return doings[i].act(sim, act);
	}
	return does_not_fit();
}
