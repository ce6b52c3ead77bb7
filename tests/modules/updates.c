/* updates.c - messages and their people; the envelope of every update. */
#include "tests/modules/updates.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "botapi/check.h"
#include "common/utf8.h"
#include "ingress/update/transcode.h"
#include "tests/modules/conversation.h"
#include "tests/modules/part.h"

json_t *update_person(const struct person *person)
{
	json_t *first_name = json_sprintf("%c%s", toupper((unsigned char)person->name[0]),
					  person->name + 1);
	json_t *user = json_pack("{s:I,s:b,s:o,s:s}", "id", person->id, "is_bot", 0, "first_name",
				 first_name, "username", person->name);

	if (person->language[0])
		json_object_set_new(user, "language_code", json_string(person->language));
	json_object_update(user, person->fields);
	return user;
}

json_t *update_bot(void)
{
	return json_pack("{s:i,s:b,s:s,s:s}", "id", WORLD_BOT_ID, "is_bot", 1, "first_name", "Bot",
			 "username", "korone_bot");
}

json_t *update_group(const struct group *group)
{
	json_t *chat = json_pack("{s:I,s:s,s:s}", "id", group->id, "type", "supergroup", "title",
				 group->title);

	json_object_update(chat, group->fields);
	return chat;
}

json_t *update_chat(const struct line_action *action)
{
	if (action->group)
		return update_group(action->group);
	return json_pack("{s:I,s:s,s:s}", "id", action->person->id, "type", "private", "first_name",
			 action->person->name);
}

/* Bot API "Message", sender_chat: an anonymous administrator, or somebody who writes as a channel.
 */
static void set_author(json_t *message, const struct line_action *action,
		       const struct person *person, const struct group *chat)
{
	bool is_group = chat && chat == action->group;

	if (!chat) {
		json_object_set_new(message, "from", update_person(person));
		return;
	}
	json_object_set_new(message, "from",
			    json_pack("{s:I,s:b,s:s,s:s}", "id",
				      (json_int_t)(is_group ? 1087968824 : 136817688), "is_bot", 1,
				      "first_name", is_group ? "Group" : "Channel", "username",
				      is_group ? "GroupAnonymousBot" : "Channel_Bot"));
	json_object_set_new(message, "sender_chat",
			    json_pack("{s:I,s:s,s:s}", "id", chat->id, "type",
				      is_group ? "supergroup" : "channel", "title", chat->title));
}

static void set_place(json_t *message, const struct world *world, const struct line_action *action)
{
	json_object_set_new(message, "chat", update_chat(action));
	json_object_set_new(message, "date", json_integer(world_now(world)));
}

static json_t *replied_message(const struct world *world, const struct line_action *action)
{
	json_t *message = json_pack("{s:I}", "message_id",
				    (json_int_t)world->last_message_id + 100000);

	set_author(message, action, action->replies_to, action->replies_to_chat);
	set_place(message, world, action);
	if (action->replied_fields)
		json_object_update(message, action->replied_fields);
	return message;
}

json_t *update_message(struct world *world, const struct line_action *action)
{
	json_t *message = json_pack("{s:I}", "message_id", (json_int_t)++world->last_message_id);

	set_author(message, action, action->person, action->as);
	set_place(message, world, action);
	if (action->topic) {
		json_object_set_new(message, "message_thread_id", json_integer(action->topic));
		json_object_set_new(message, "is_topic_message", json_true());
	}
	if (action->replies_to || action->replies_to_chat)
		json_object_set_new(message, "reply_to_message", replied_message(world, action));
	return message;
}

/* Telegram marks links, also where nobody asks for it; offsets are in UTF-16 units. */
static json_t *links_in(const char *text)
{
	json_t *entities = json_array();
	const char *at = text;

	while ((at = strstr(at, "http"))) {
		const size_t scheme = strncmp(at, "http://", 7) == 0    ? 7
				      : strncmp(at, "https://", 8) == 0 ? 8
									: 0;
		const size_t size = strcspn(at, " \n<>\"");

		if (scheme && size > scheme)
			json_array_append_new(entities,
					      json_pack("{s:s,s:i,s:i}", "type", "url", "offset",
							(int)utf8_units(text, (size_t)(at - text)),
							"length", (int)utf8_units(at, size)));
		at += size ? size : 1;
	}
	return entities;
}

/* What has other content, a poll for example, has no text beside it. */
void update_set_text(json_t *message, const struct line_action *action)
{
	json_t *links = links_in(action->text);

	if (action->text[0] || (!action->captioned && !action->fields))
		json_object_set_new(message, action->captioned ? "caption" : "text",
				    json_string(action->text));
	if (json_array_size(links))
		json_object_set(message, action->captioned ? "caption_entities" : "entities",
				links);
	json_decref(links);
}

static json_t *written_message(struct conversation *conversation, const struct line_action *action)
{
	json_t *message = update_message(&conversation->world, action);

	update_set_text(message, action);
	return message;
}

/* Bot API "Update". */
static bool check(const json_t *update, struct why *why)
{
	const struct botapi_object *object = botapi_find_object("Update");
	const struct botapi_type type = { .kind = BOTAPI_OBJECT,
					  .first = (uint16_t)(object - botapi_objects) };

	return botapi_check(&type, update, why) || why_prefix(why, "Telegram sends no such update");
}

static bool pack(const json_t *update, struct buffer *out, struct why *why)
{
	char *json = json_dumps(update, JSON_COMPACT);
	bool ok = transcode(json, strlen(json), out, why);

	free(json);
	return ok;
}

bool update_write(struct conversation *conversation, const struct line_action *action,
		  struct buffer *out, enum update_kind *kind, struct why *why)
{
	json_t *content, *update;
	bool ok;

	*kind = action->deed ? action->deed->kind : KIND_MESSAGE;
	*kind = action->kind ? action->kind : *kind;
	content = action->deed ? action->deed->update(conversation, action, why)
			       : written_message(conversation, action);
	if (!content)
		return false;
	json_object_update(content, action->fields);
	update = json_pack("{s:I,s:o}", "update_id",
			   (json_int_t)++conversation->world.last_update_id, kinds[*kind].field,
			   content);
	ok = check(update, why) && pack(update, out, why);
	json_decref(update);
	return ok;
}
