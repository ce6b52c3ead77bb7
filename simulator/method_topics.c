#include "simulator/method_topics.h"

#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "simulator/ascii.h"
#include "simulator/method_pins.h"
#include "simulator/service.h"
#include "simulator/sim.h"
#include "simulator/topics.h"

/* createForumTopic.icon_color */
static const int64_t colors[] = { 7322096, 16766590, 13338331, 9367192, 16749490, 16478047 };

/* can_be_forum and can_edit_topics in TDLib: `what` is what the refusal names. */
static bool call_forum(struct call *call, const char *what)
{
	const struct chat *chat;

	if (!call_chat(call, true))
		return false;
	chat = call->chat;
	if (chat->type != CHAT_SUPERGROUP || !chat->is_forum)
		return call_fail(call, 400, "Bad Request: the chat is not a forum");
	if (member_has_right(&chat->bot, RIGHT_MANAGE_TOPICS) ||
	    (!member_is_admin(&chat->bot) && !strcmp(what, "create a topic") &&
	     member_may(&chat->bot, chat->permissions, MAY_MANAGE_TOPICS)))
		return true;
	return call_fail(call, 400, "Bad Request: not enough rights to %s", what);
}

static bool call_topic(struct call *call, const char *what, struct topic **out)
{
	int64_t id = parameters_int(call->parameters, "message_thread_id", 0, 0, INT32_MAX);

	if (!call_forum(call, what))
		return false;
	*out = topics_find(&call->chat->topics, id);
	return *out || call_fail(call, 400, "Bad Request: message thread not found");
}

/* The name, 1 to 128 characters; NULL when there is none. */
static bool take_name(struct call *call, bool required, const char **out)
{
	const char *name = parameters_text(call->parameters, "name");
	size_t units = utf8_units(name, strlen(name));

	*out = *name ? name : NULL;
	if ((required && units == 0) || units > TOPIC_NAME_UNITS_MAX)
		return call_fail(call, 400, "Bad Request: TOPIC_TITLE_EMPTY");
	return true;
}

static bool take_color(struct call *call, int64_t *out)
{
	*out = parameters_int(call->parameters, "icon_color", TOPIC_DEFAULT_COLOR, 0, INT32_MAX);
	for (size_t i = 0; i < COUNT_OF(colors); i++) {
		if (colors[i] == *out)
			return true;
	}
	return call_fail(call, 400, "Bad Request: TOPIC_ICON_COLOR_INVALID");
}

/* `"KEY":{"name":…,"icon_color":…}` */
static const char *members(struct call *call, const char *key, const char *name, int64_t color,
			   const char *icon)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	const char *text;

	json_key(&json, key);
	json_object_start(&json);
	if (name)
		ascii_key_text(&json, "name", name);
	if (color)
		json_key_int(&json, "icon_color", color);
	if (icon)
		json_key_text(&json, "icon_custom_emoji_id", icon);
	json_object_end(&json);
	text = arena_strdup(call->arena, buffer_text(&out));
	buffer_finish(&out);
	return text;
}

static int64_t tell(struct call *call, int64_t thread_id, const char *text)
{
	return service_tell(call->sim, call->chat, call->sim->world.bot, thread_id, text)
		.message_id;
}

void method_create_forum_topic(struct call *call)
{
	const char *icon = parameters_text(call->parameters, "icon_custom_emoji_id");
	struct topic *topic;
	const char *name;
	int64_t color, id;

	if (!call_forum(call, "create a topic") || !take_name(call, true, &name) ||
	    !take_color(call, &color))
		return;
	if (call->chat->topics.count == TOPICS_MAX) {
		call_fail(call, 400, "Bad Request: TOPICS_TOO_MUCH");
		return;
	}
	id = call->chat->last_message_id + 1; /* its service message begins it */
	tell(call, id, members(call, "forum_topic_created", name, color, *icon ? icon : NULL));
	topic = topics_add(&call->chat->topics, id, name);
	topic->icon_color = color;
	topic_change(topic, NULL, icon);
	topic_write(&call->result, topic);
}

void method_edit_forum_topic(struct call *call)
{
	const struct parameter *icon = parameters_find(call->parameters, "icon_custom_emoji_id");
	struct topic *topic;
	const char *name;

	if (!call_topic(call, "edit the topic", &topic) || !take_name(call, false, &name))
		return;
	if ((!name || !strcmp(name, topic->name)) &&
	    (!icon || !strcmp(icon->value.data, topic->icon))) {
		call_fail(call, 400, "Bad Request: TOPIC_NOT_MODIFIED");
		return;
	}
	topic_change(topic, name, icon ? icon->value.data : NULL);
	tell(call, topic->thread_id,
	     members(call, "forum_topic_edited", name, 0, icon ? icon->value.data : NULL));
	call_result_true(call);
}

static void set_closed(struct call *call, bool closed)
{
	struct topic *topic;

	if (!call_topic(call, "close or open the topic", &topic))
		return;
	if (topic->is_closed == closed) {
		call_fail(call, 400, "Bad Request: TOPIC_NOT_MODIFIED");
		return;
	}
	topic->is_closed = closed;
	tell(call, topic->thread_id,
	     closed ? "\"forum_topic_closed\":{}" : "\"forum_topic_reopened\":{}");
	call_result_true(call);
}

void method_close_forum_topic(struct call *call)
{
	set_closed(call, true);
}

void method_reopen_forum_topic(struct call *call)
{
	set_closed(call, false);
}

/* With all its messages. */
void method_delete_forum_topic(struct call *call)
{
	struct messages *messages = &call->sim->messages;
	struct topic *topic;

	if (!call_topic(call, "delete the topic", &topic))
		return;
	if (!member_has_right(&call->chat->bot, RIGHT_DELETE_MESSAGES)) {
		call_fail(call, 400, "Bad Request: not enough rights to delete the topic");
		return;
	}
	for (size_t i = 0; messages->ring && i < MESSAGES_MAX; i++) {
		struct message *message = &messages->ring[i];

		if (message->chat == call->chat && message->thread_id == topic->thread_id)
			messages_delete(messages, message);
	}
	topics_remove(&call->chat->topics, topic->thread_id);
	call_result_true(call);
}

void method_unpin_all_forum_topic_messages(struct call *call)
{
	struct topic *topic;

	if (call_topic(call, "manage pinned messages in the chat", &topic))
		method_unpin_all_chat_messages(call);
}

void method_edit_general_forum_topic(struct call *call)
{
	const char *name;

	if (!call_forum(call, "edit the topic") || !take_name(call, true, &name))
		return;
	tell(call, 0, members(call, "forum_topic_edited", name, 0, NULL));
	call_result_true(call);
}

/* A hidden topic is closed, too. */
void method_general_forum_topic(struct call *call)
{
	const char *method = call->method->name;
	bool hides = strstr(method, "ide"); /* hide, unhide */
	bool on = !strncmp(method, "hide", 4) || !strncmp(method, "close", 5);
	struct topics *topics;
	bool *flag;

	if (!call_forum(call, hides ? "edit the topic" : "close or open the topic"))
		return;
	topics = &call->chat->topics;
	flag = hides ? &topics->general_is_hidden : &topics->general_is_closed;
	if (*flag == on) {
		call_fail(call, 400, "Bad Request: TOPIC_NOT_MODIFIED");
		return;
	}
	*flag = on;
	if (hides && on)
		topics->general_is_closed = true;
	tell(call, 0,
	     hides ? (on ? "\"general_forum_topic_hidden\":{}"
			 : "\"general_forum_topic_unhidden\":{}")
		   : (on ? "\"forum_topic_closed\":{}" : "\"forum_topic_reopened\":{}"));
	call_result_true(call);
}

/* The icons that everybody may use are custom emoji; there are none here. */
void method_get_forum_topic_icon_stickers(struct call *call)
{
	json_raw(&call->result, "[]", 2);
}
