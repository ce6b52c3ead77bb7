/* part_service.c - service messages, posts of channels, and any update as Telegram has it:
 *
 *     alice in "Friends" causes new_chat_title: Better friends
 *     alice in "Friends" causes delete_chat_photo
 *     alice posts in "News": text
 *     alice edits the post in "News": text
 *     alice writes to a business: text
 *     alice boosts "Friends"
 *     alice brings business_connection: {…}
 *     chat "Friends": {"type": "group"} */
#include <string.h>

#include "tests/modules/conversation.h"
#include "tests/modules/part.h"
#include "tests/modules/script.h"
#include "tests/modules/updates.h"

static bool take_name(struct conversation *conversation, const char **at,
		      struct line_action *action, struct why *why)
{
	action->object = take_word(&conversation->world, at, " :");
	return action->object[0] || why_set(why, "a name of the Bot API is missing");
}

/* The value of a field: JSON, a text, or true when nothing is written. NULL and a reason for broken
 * JSON. */
static json_t *value_of(const char *text, struct why *why)
{
	json_error_t error;
	json_t *value;

	if (!text[0])
		return json_true();
	if (!strchr("{[", text[0]))
		return json_string(text);
	value = json_loads(text, 0, &error);
	if (!value)
		why_set(why, "no JSON: %s", error.text);
	return value;
}

static json_t *causes(struct conversation *conversation, const struct line_action *action,
		      struct why *why)
{
	json_t *value = value_of(action->text, why), *message;

	if (!value)
		return NULL;
	message = update_message(&conversation->world, action);
	json_object_set_new(message, action->object, value);
	return message;
}

/* --- posts ------------------------------------------------------------------------------------ */

static bool take_channel(struct conversation *conversation, const char **at,
			 struct line_action *action, struct why *why)
{
	if (!take_chat(&conversation->world, at, &action->group, why))
		return false;
	if (!action->group->fields)
		action->group->fields = json_object();
	json_object_set_new(action->group->fields, "type", json_string("channel"));
	return true;
}

/* Written in the name of the channel: without "from". */
static json_t *posts(struct conversation *conversation, const struct line_action *action,
		     struct why *why)
{
	json_t *message = update_message(&conversation->world, action);

	(void)why;
	json_object_del(message, "from");
	json_object_set_new(message, "sender_chat", update_chat(action));
	update_set_text(message, action);
	return message;
}

static json_t *edits_post(struct conversation *conversation, const struct line_action *action,
			  struct why *why)
{
	json_t *message = posts(conversation, action, why);

	json_object_set_new(message, "edit_date", json_integer(world_now(&conversation->world)));
	return message;
}

/* --- businesses, boosts ----------------------------------------------------------------------- */

/* In a private chat of the person with an account that the bot answers for. */
static json_t *writes_to_business(struct conversation *conversation,
				  const struct line_action *action, struct why *why)
{
	json_t *message = update_message(&conversation->world, action);

	(void)why;
	json_object_set_new(message, "business_connection_id", json_string("connection"));
	update_set_text(message, action);
	return message;
}

static bool take_group(struct conversation *conversation, const char **at,
		       struct line_action *action, struct why *why)
{
	return take_chat(&conversation->world, at, &action->group, why);
}

/* Bot API "ChatBoostUpdated". */
static json_t *boosts(struct conversation *conversation, const struct line_action *action,
		      struct why *why)
{
	json_int_t now = world_now(&conversation->world);

	(void)why;
	return json_pack("{s:o,s:{s:s,s:I,s:I,s:{s:s,s:o}}}", "chat", update_chat(action), "boost",
			 "boost_id", "boost", "add_date", now, "expiration_date", now + 30 * 86400,
			 "source", "source", "premium", "user", update_person(action->person));
}

/* --- any update ------------------------------------------------------------------------------- */

static bool take_kind(struct conversation *conversation, const char **at,
		      struct line_action *action, struct why *why)
{
	const char *name = take_word(&conversation->world, at, " :");

	action->kind = kind_find(name, strlen(name));
	return action->kind != KIND_UNKNOWN ||
	       why_set(why, "there is no kind of updates \"%s\"", name);
}

static json_t *brings(struct conversation *conversation, const struct line_action *action,
		      struct why *why)
{
	json_t *value = value_of(action->text, why);

	(void)conversation;
	if (value && !json_is_object(value)) {
		json_decref(value);
		why_set(why, "an update is an object of JSON");
		return NULL;
	}
	return value;
}

/* --- lines ------------------------------------------------------------------------------------ */

/* More fields of a chat or person: "chat "Friends": {…}", "chat alice: {…}". */
static bool set_chat(struct conversation *conversation, const char *rest, struct why *why)
{
	struct group *group = NULL;
	struct person *person = NULL;
	json_t **fields, *added;
	json_error_t error;

	if (rest[0] == '"' && !take_chat(&conversation->world, &rest, &group, why))
		return false;
	if (!group && !(person = take_person(&conversation->world, &rest, why)))
		return false;
	fields = group ? &group->fields : &person->fields;
	added = take(&rest, ":") ? json_loads(rest, 0, &error) : NULL;
	if (!json_is_object(added)) {
		json_decref(added);
		return why_set(why, "after the chat comes \": \" and an object of JSON");
	}
	if (group && json_object_get(added, "id"))
		group->id = json_integer_value(json_object_get(added, "id"));
	if (!*fields)
		*fields = json_object();
	json_object_update_new(*fields, added);
	return true;
}

static const struct line lines[] = { { "chat ", set_chat }, { 0 } };

static const struct word words[] = {
	{ "causes", take_name, KIND_MESSAGE, causes },
	{ "posts in", take_channel, KIND_CHANNEL_POST, posts },
	{ "edits the post in", take_channel, KIND_EDITED_CHANNEL_POST, edits_post },
	{ "writes to a business", NULL, KIND_BUSINESS_MESSAGE, writes_to_business },
	{ "boosts", take_group, KIND_CHAT_BOOST, boosts },
	{ "brings", take_kind, KIND_MESSAGE, brings },
	{ 0 },
};

const struct part service_part = { .lines = lines, .words = words };
