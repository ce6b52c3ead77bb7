#include "simulator/compose.h"

#include <string.h>

#include "simulator/ascii.h"
#include "simulator/polls.h"

void compose_person(struct json *json, const struct person *person)
{
	json_raw(json, (const char *)buffer_unread(&person->json),
		 buffer_unread_size(&person->json));
}

void compose_key_person(struct json *json, const char *key, const struct person *person)
{
	json_key(json, key);
	compose_person(json, person);
}

void compose_chat(struct json *json, const struct chat *chat)
{
	json_raw(json, (const char *)buffer_unread(&chat->json), buffer_unread_size(&chat->json));
}

static void key_chat(struct json *json, const char *key, const struct chat *chat)
{
	json_key(json, key);
	compose_chat(json, chat);
}

static void write_sender_tag(struct json *json, const struct draft *draft)
{
	const struct member *member = chat_member(draft->chat, draft->from);

	if (member && *member->tag)
		ascii_key_text(json, "sender_tag", member->tag);
}

void compose_message_start(struct json *json, const struct draft *draft)
{
	json_object_start(json);
	json_key_int(json, "message_id", draft->message_id);
	if (draft->from)
		compose_key_person(json, "from", draft->from);
	if (draft->author_signature)
		ascii_key_text(json, "author_signature", draft->author_signature);
	if (draft->sender_chat)
		key_chat(json, "sender_chat", draft->sender_chat);
	else if (draft->chat->has_tags && draft->from)
		write_sender_tag(json, draft);
	key_chat(json, "chat", draft->chat);
	json_key_int(json, "date", draft->date);
	if (draft->edit_date)
		json_key_int(json, "edit_date", draft->edit_date);
	if (draft->thread_id)
		json_key_int(json, "message_thread_id", draft->thread_id);
	if (draft->reply_to) {
		json_key(json, "reply_to_message");
		compose_stored(json, draft->reply_to);
	}
	if (draft->is_topic_message)
		json_key_bool(json, "is_topic_message", true);
	if (draft->extra)
		json_raw(json, draft->extra, strlen(draft->extra));
}

void compose_message_end(struct json *json, const char *markup)
{
	if (markup) {
		json_key(json, "reply_markup");
		json_raw(json, markup, strlen(markup));
	}
	json_object_end(json);
}

void compose_text(struct json *json, const struct formatted *text, const char *key)
{
	if (text->length == 0)
		return;
	json_key(json, key);
	ascii_text_n(json, text->text, text->length);
	if (text->count > 0) {
		json_key(json, *key == 't' ? "entities" : "caption_entities");
		entities_write(json, text);
	}
}

const char *direct_topic_members(struct arena *arena, const struct person *person)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	const char *members;

	json_key(&json, "direct_messages_topic");
	json_object_start(&json);
	json_key_int(&json, "topic_id", person->id);
	compose_key_person(&json, "user", person);
	json_object_end(&json);
	members = arena_strdup(arena, buffer_text(&out));
	buffer_finish(&out);
	return members;
}

void compose_origin(struct json *json, const struct message *message)
{
	json_object_start(json);
	if (message->chat->type == CHAT_CHANNEL) {
		json_key_text(json, "type", "channel");
		key_chat(json, "chat", message->chat);
		json_key_int(json, "message_id", message->id);
	} else if (message->sender_chat) {
		json_key_text(json, "type", "chat");
		key_chat(json, "sender_chat", message->sender_chat);
	} else if (message->from && message->from->hides_forwards) {
		json_key_text(json, "type", "hidden_user");
		ascii_key_text(json, "sender_user_name", message->from->first_name);
	} else if (message->from) {
		json_key_text(json, "type", "user");
		compose_key_person(json, "sender_user", message->from);
	}
	json_key_int(json, "date", message->date);
	json_object_end(json);
}

void compose_stored(struct json *json, const struct message *message)
{
	struct draft draft = {
		.chat = message->chat,
		.message_id = message->receiver_id ? 0 : message->id,
		.from = message->from,
		.sender_chat = message->sender_chat,
		.date = message->date,
		.edit_date = message->edit_date,
		.thread_id = message->thread_id,
		.is_topic_message = message->thread_id != 0 && message->chat->is_forum,
		.extra = message->extra,
	};
	bool is_text = !message->content && !message->poll;

	compose_message_start(json, &draft);
	if (message->content)
		json_raw(json, message->content, strlen(message->content));
	if (message->poll)
		poll_compose(json, message->poll);
	if (message->text)
		ascii_key_text(json, is_text ? "text" : "caption", message->text);
	if (message->entities) {
		json_key(json, is_text ? "entities" : "caption_entities");
		json_raw(json, message->entities, strlen(message->entities));
	}
	compose_message_end(json, message->markup);
}

static void key_tag(struct json *json, const char *key, const struct member *member)
{
	if (*member->tag)
		ascii_key_text(json, key, member->tag);
}

/* Fields as in JsonChatMember of the Bot API server. */
void compose_member(struct json *json, const struct member *member, const struct chat *chat)
{
	json_object_start(json);
	compose_key_person(json, "user", member->person);
	json_key_text(json, "status", member_status_name(member->status));
	switch (member->status) {
	case MEMBER_CREATOR:
		json_key_bool(json, "is_anonymous", member->rights & RIGHT_ANONYMOUS);
		key_tag(json, "custom_title", member);
		break;
	case MEMBER_ADMINISTRATOR:
		json_key_bool(json, "can_be_edited",
			      member_has_right(&chat->bot, RIGHT_PROMOTE_MEMBERS) &&
				      chat_is_promoted_by(chat, member, chat->bot.person));
		rights_write(json, member->rights, chat->type);
		json_key_bool(json, "can_manage_voice_chats",
			      member->rights & RIGHT_MANAGE_VIDEO_CHATS);
		key_tag(json, "custom_title", member);
		break;
	case MEMBER_RESTRICTED:
		json_key_int(json, "until_date", member->until_s);
		permissions_write(json, member->permissions);
		json_key_bool(json, "is_member", !member->away);
		key_tag(json, "tag", member);
		break;
	case MEMBER_KICKED:
		json_key_int(json, "until_date", member->until_s);
		break;
	case MEMBER_MEMBER:
		key_tag(json, "tag", member);
		break;
	case MEMBER_LEFT:
		break;
	}
	json_object_end(json);
}

void compose_member_updated(struct json *json, const struct chat *chat, const struct person *from,
			    int64_t date, const struct member *before, const struct member *after,
			    const char *more)
{
	json_object_start(json);
	key_chat(json, "chat", chat);
	compose_key_person(json, "from", from);
	json_key_int(json, "date", date);
	json_key(json, "old_chat_member");
	compose_member(json, before, chat);
	json_key(json, "new_chat_member");
	compose_member(json, after, chat);
	if (more)
		json_raw(json, more, strlen(more));
	json_object_end(json);
}
