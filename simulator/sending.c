#include "simulator/sending.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/ascii.h"
#include "simulator/call_business.h"
#include "simulator/compose.h"
#include "simulator/formatting.h"
#include "simulator/json_scan.h"
#include "simulator/linked.h"
#include "simulator/markup.h"
#include "simulator/polls.h"
#include "simulator/sim.h"
#include "simulator/transcript.h"

#define QUOTE_UNITS_MAX 1024

/* The members of reply_parameters that matter here. */
struct reply_parameters {
	int64_t message_id;
	struct text chat_id; /* as it was written; nil: the same chat */
	struct text quote;
	int64_t position;
	bool optional;
};

static bool scan_reply(struct call *call, const char *text, struct reply_parameters *out)
{
	struct json_scan scan = { text, text + strlen(text) };

	if (!json_scan_enter(&scan, '{'))
		return false;
	while (!json_scan_leave(&scan, '}')) {
		struct text name, value;

		if (!json_scan_string(&scan, call->arena, &name) || !json_scan_colon(&scan))
			return false;
		if (json_scan_is_string(&scan)) {
			if (!json_scan_string(&scan, call->arena, &value))
				return false;
		} else if (!json_scan_skip(&scan, &value)) {
			return false;
		}
		if (text_is(name, "message_id"))
			out->message_id = strtoll(value.data, NULL, 10);
		else if (text_is(name, "allow_sending_without_reply"))
			out->optional = text_is(value, "true");
		else if (text_is(name, "chat_id"))
			out->chat_id = value;
		else if (text_is(name, "quote"))
			out->quote = value;
		else if (text_is(name, "quote_position"))
			out->position = strtoll(value.data, NULL, 10);
	}
	return true;
}

static struct chat *chat_of(struct call *call, struct text id)
{
	const char *name = arena_strndup(call->arena, id.data, id.length);

	return world_find_chat(&call->sim->world, name);
}

/* A part of the message replied to, which must contain it (ReplyParameters.quote). */
static bool add_quote(struct call *call, const struct reply_parameters *reply,
		      const struct message *message, struct sending *sending)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	if (!message->text ||
	    !memmem(message->text, strlen(message->text), reply->quote.data, reply->quote.length))
		return reply->optional ||
		       call_fail(call, 400,
				 "Bad Request: message to be replied not found: QUOTE_"
				 "TEXT_INVALID");
	json_object_start(&json);
	json_key(&json, "text");
	ascii_text_n(&json, reply->quote.data, reply->quote.length);
	json_key_int(&json, "position", reply->position);
	json_key_bool(&json, "is_manual", true);
	json_object_end(&json);
	sending->extra = sending_members(
		call, sending->extra, arena_printf(call->arena, "\"quote\":%s", buffer_text(&out)));
	buffer_finish(&out);
	return true;
}

/* A reply to a message of another chat (external_reply). */
static void add_external(struct call *call, const struct message *message, struct sending *sending)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	json_object_start(&json);
	json_key(&json, "origin");
	compose_origin(&json, message);
	if (message->chat->type == CHAT_SUPERGROUP || message->chat->type == CHAT_CHANNEL) {
		json_key(&json, "chat");
		compose_chat(&json, message->chat);
		json_key_int(&json, "message_id", message->id);
	}
	if (message->content)
		json_raw(&json, message->content, strlen(message->content));
	json_object_end(&json);
	sending->extra = sending_members(
		call, sending->extra,
		arena_printf(call->arena, "\"external_reply\":%s", buffer_text(&out)));
	buffer_finish(&out);
}

/* reply_parameters, or the older reply_to_message_id. */
static bool find_reply(struct call *call, struct sending *sending)
{
	const char *text = parameters_text(call->parameters, "reply_parameters");
	struct reply_parameters reply = { 0 };
	struct chat *chat = call->chat;
	const struct message *message;

	if (!*text) {
		reply.message_id = parameters_id(call->parameters, "reply_to_message_id");
		reply.optional = parameters_bool(call->parameters, "allow_sending_without_reply");
	} else if (!scan_reply(call, text, &reply)) {
		return call_fail(call, 400,
				 "Bad Request: can't parse reply parameters JSON object");
	}
	if (reply.message_id == 0)
		return true;
	if (reply.chat_id.data)
		chat = chat_of(call, reply.chat_id);
	if (!chat)
		return call_fail(call, 400, "Bad Request: chat not found");
	message = messages_find(&call->sim->messages, chat, reply.message_id);
	if (!message)
		return reply.optional ||
		       call_fail(call, 400, "Bad Request: message to be replied not found");
	if (chat != call->chat)
		add_external(call, message, sending);
	else
		sending->reply = message;
	return !reply.quote.length || add_quote(call, &reply, message, sending);
}

static bool find_thread(struct call *call, struct sending *sending)
{
	const struct topic *topic;

	sending->thread_id = parameters_int(call->parameters, "message_thread_id", 0, INT32_MIN,
					    INT32_MAX);
	if (sending->thread_id == 0 && sending->reply)
		sending->thread_id = sending->reply->thread_id;
	if (sending->thread_id == 0)
		return true;
	if (call->chat->type != CHAT_SUPERGROUP)
		return call_fail(call, 400, "Bad Request: message thread not found");
	if (!call->chat->is_forum)
		return true;
	topic = topics_find(&call->chat->topics, sending->thread_id);
	if (!topic)
		return call_fail(call, 400, "Bad Request: message thread not found");
	if (topic->is_closed && !member_has_right(&call->chat->bot, RIGHT_MANAGE_TOPICS))
		return call_fail(call, 400, "Bad Request: TOPIC_CLOSED");
	return true;
}

bool sending_allowed(struct call *call, enum permission permission, const char *plural)
{
	const struct chat *chat = call->chat;

	if (chat->person || chat->type == CHAT_CHANNEL ||
	    member_may(&chat->bot, chat->permissions, permission))
		return true;
	return call_fail(call, 400, "Bad Request: not enough rights to send %s to the chat",
			 plural);
}

/* Members that only some messages have. */
static void add_options(struct call *call, struct sending *sending)
{
	const char *effect = parameters_text(call->parameters, "message_effect_id");
	const char *preview = parameters_text(call->parameters, "link_preview_options");

	sending->is_protected = parameters_bool(call->parameters, "protect_content");
	if (sending->is_protected)
		sending->extra = sending_members(call, sending->extra,
						 "\"has_protected_content\":true");
	if (*effect && call->chat->person)
		sending->extra = sending_members(call, sending->extra,
						 arena_printf(call->arena, "\"effect_id\":\"%lld\"",
							      strtoll(effect, NULL, 10)));
	if (*preview)
		sending->extra = sending_members(
			call, sending->extra,
			arena_printf(call->arena, "\"link_preview_options\":%s", preview));
	if (sending->content && parameters_bool(call->parameters, "has_spoiler"))
		sending->extra = sending_members(call, sending->extra,
						 "\"has_media_spoiler\":true");
	if (sending->content && parameters_bool(call->parameters, "show_caption_above_media"))
		sending->extra = sending_members(call, sending->extra,
						 "\"show_caption_above_media\":true");
}

/* EphemeralMessageParameters: in groups, for one person who is in it. */
static bool take_receiver(struct call *call, struct sending *sending)
{
	const char *text = parameters_text(call->parameters, "ephemeral_message_parameters");
	json_t *object = *text ? json_loads(text, 0, NULL) : NULL;
	int64_t id = json_integer_value(json_object_get(object, "receiver_user_id"));
	struct member place;

	json_decref(object);
	if (!*text)
		return true;
	if (!object)
		return call_fail(
			call, 400,
			"Bad Request: can't parse ephemeral message parameters JSON object");
	if (call->chat->person || call->chat->type == CHAT_CHANNEL)
		return call_fail(call, 400,
				 "Bad Request: ephemeral messages can be sent only in groups");
	sending->receiver = id > 0 ? world_person(&call->sim->world, id) : NULL;
	if (!sending->receiver)
		return call_fail(call, 400, "Bad Request: invalid receiver_user_id specified");
	place = chat_place_of(call->chat, (struct person *)sending->receiver);
	return member_is_present(&place) ||
	       call_fail(call, 400, "Bad Request: USER_NOT_PARTICIPANT");
}

/* direct_messages_topic_id: of the person who wrote to the channel, in its chat for that. */
static bool take_direct_topic(struct call *call, struct sending *sending)
{
	int64_t id = parameters_id(call->parameters, "direct_messages_topic_id");
	const struct person *person;

	if (!call->chat->is_direct)
		return true;
	if (id == 0 && sending->reply && sending->reply->from)
		id = sending->reply->from->id;
	person = world_person(&call->sim->world, id);
	if (!person || !chat_member(call->chat, person))
		return call_fail(call, 400,
				 "Bad Request: channel direct messages topic must be specified");
	sending->extra = sending_members(call, sending->extra,
					 direct_topic_members(call->arena, person));
	return true;
}

static bool is_json_object(const char *text)
{
	json_t *json = *text ? json_loads(text, 0, NULL) : json_object();
	bool ok = json_is_object(json);

	json_decref(json);
	return ok;
}

bool sending_begin(struct call *call, struct sending *sending)
{
	const char *connection = parameters_text(call->parameters, "business_connection_id");

	if (!send_markup(call, &sending->markup))
		return false;
	if (!is_json_object(parameters_text(call->parameters, "link_preview_options")))
		return call_fail(call, 400,
				 "Bad Request: can't parse link preview options JSON object");
	if (*connection) {
		if (!business_call(call, connection, &sending->business))
			return false;
	} else if (!call_chat(call, true)) {
		return false;
	}
	if (!sending_allowed(call, sending->permission, sending->plural) ||
	    !find_reply(call, sending) || !find_thread(call, sending) ||
	    !take_direct_topic(call, sending) || !take_receiver(call, sending))
		return false;
	add_options(call, sending);
	return true;
}

bool sending_caption(struct call *call, struct sending *sending)
{
	return send_formatted(call, "caption", "caption_entities", CAPTION_UNITS_MAX,
			      &sending->text);
}

const char *sending_members(struct call *call, const char *a, const char *b)
{
	if (!a || !b)
		return a ? a : b;
	return arena_printf(call->arena, "%s,%s", a, b);
}

static char *copy_of(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static struct message *keep(struct call *call, const struct draft *draft,
			    const struct sending *sending)
{
	int64_t id = sending->receiver ? -call->sim->ephemeral : draft->message_id;
	struct message *message = messages_add(&call->sim->messages, draft->chat, id);

	message->from = (struct person *)draft->from;
	message->sender_chat = (struct chat *)draft->sender_chat;
	message->from_bot = true;
	message->date = draft->date;
	message->thread_id = draft->thread_id;
	message->reply_to = draft->reply_to ? draft->reply_to->id : 0;
	message->text = sending->text.length ? xstrdup(sending->text.text) : NULL;
	message->entities = copy_of(send_entities_text(call, &sending->text));
	message->markup = copy_of(sending->markup);
	if (!sending->markup && *parameters_text(call->parameters, "reply_markup"))
		message->keyboard = xstrdup(parameters_text(call->parameters, "reply_markup"));
	message->content = copy_of(sending->content);
	message->extra = copy_of(draft->extra);
	message->poll = sending->poll;
	message->is_protected = sending->is_protected;
	message->receiver_id = sending->receiver ? sending->receiver->id : 0;
	return message;
}

static const char *business_members(struct call *call, const struct sending *sending)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	const char *members;

	json_key_text(&json, "business_connection_id", sending->business->id);
	compose_key_person(&json, "sender_business_bot", call->sim->world.bot);
	members = sending_members(call, sending->extra,
				  arena_strdup(call->arena, buffer_text(&out)));
	buffer_finish(&out);
	return members;
}

static const char *ephemeral_members(struct call *call, const struct sending *sending)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	const char *members;

	compose_key_person(&json, "receiver_user", sending->receiver);
	json_key_int(&json, "ephemeral_message_id", ++call->sim->ephemeral);
	members = sending_members(call, sending->extra,
				  arena_strdup(call->arena, buffer_text(&out)));
	buffer_finish(&out);
	return members;
}

/* Writes the message as the result, then keeps it: keeping one may forget the one replied to. */
struct message *sending_finish(struct call *call, const struct sending *sending)
{
	struct sim *sim = call->sim;
	struct chat *chat = call->chat;
	bool is_channel = chat->type == CHAT_CHANNEL;
	bool is_anonymous = chat->bot.status == MEMBER_ADMINISTRATOR &&
			    chat->bot.rights & RIGHT_ANONYMOUS;
	struct draft draft = {
		.chat = chat,
		.message_id = sending->receiver ? 0 : chat_next_message_id(&sim->world, chat),
		.from = is_channel          ? NULL
			: is_anonymous      ? world_person(&sim->world, ANONYMOUS_ADMIN_ID)
			: sending->business ? sending->business->user
					    : sim->world.bot,
		.sender_chat = is_channel || is_anonymous ? chat : NULL,
		.date = sim_now_s(sim),
		.thread_id = sending->thread_id,
		.is_topic_message = sending->thread_id != 0 && chat->is_forum,
		.reply_to = sending->reply,
		.extra = sending->business   ? business_members(call, sending)
			 : sending->receiver ? ephemeral_members(call, sending)
					     : sending->extra,
	};
	bool is_text = !sending->content && !sending->poll;
	struct message *message;

	compose_message_start(&call->result, &draft);
	if (sending->content)
		json_raw(&call->result, sending->content, strlen(sending->content));
	if (sending->poll)
		poll_compose(&call->result, sending->poll);
	compose_text(&call->result, &sending->text, is_text ? "text" : "caption");
	compose_message_end(&call->result, sending->markup);
	call->message_id = draft.message_id;
	call->said = sending->text.text;
	transcript_message(sim, chat, sim->world.bot, sending->text.text);
	message = keep(call, &draft, sending);
	if (is_channel)
		linked_forward(sim, chat, draft.message_id);
	return message;
}
