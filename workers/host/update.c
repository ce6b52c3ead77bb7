/* update.c - one table of fields for each Bot API object that is read. */
#include "workers/host/update.h"

#include <string.h>

#include "common/xalloc.h"
#include "workers/host/packed_fields.h"

static const struct packed_field message_fields[] = {
	PACKED_FIELD(INTEGER, "message_id", struct message_view, message_id),
	PACKED_FIELD(MAP, "from", struct message_view, from),
	PACKED_FIELD(MAP, "chat", struct message_view, chat),
	PACKED_FIELD(TEXT, "text", struct message_view, text),
	PACKED_FIELD(TEXT, "caption", struct message_view, caption),
	PACKED_FIELD(INTEGER, "message_thread_id", struct message_view, thread_id),
	PACKED_FIELD(BOOLEAN, "is_topic_message", struct message_view, in_topic),
	PACKED_FIELD(MAP, "reply_to_message", struct message_view, replied),
	PACKED_FIELD(MAP, "sender_chat", struct message_view, sender_chat),
	PACKED_FIELD(MAP, "forward_origin", struct message_view, forward_origin),
	PACKED_FIELD(INTEGER, "forward_date", struct message_view, forward_date),
	PACKED_FIELD(MAP, "via_bot", struct message_view, via_bot),
	PACKED_FIELD(MAP, "sender_business_bot", struct message_view, business_bot),
	PACKED_FIELD(MAP, "direct_messages_topic", struct message_view, direct_topic),
	PACKED_FIELD(TEXT, "business_connection_id", struct message_view, business_connection),
	PACKED_FIELD(INTEGER, "ephemeral_message_id", struct message_view, ephemeral_id),
	PACKED_FIELD(INTEGER, "date", struct message_view, date),
	PACKED_FIELD(INTEGER, "migrate_to_chat_id", struct message_view, migrate_to),
	PACKED_FIELD(INTEGER, "migrate_from_chat_id", struct message_view, migrate_from),
	PACKED_FIELD(ARRAY, "entities", struct message_view, entities),
	PACKED_FIELD(ARRAY, "caption_entities", struct message_view, entities),
};

static const struct packed_field other_fields[] = {
	PACKED_FIELD(MAP, "from", struct update, from),
	PACKED_FIELD(MAP, "chat", struct update, chat),
	PACKED_FIELD(MAP, "user", struct update, user),
	PACKED_FIELD(MAP, "message", struct update, pressed),
	PACKED_FIELD(TEXT, "id", struct update, query_id),
	PACKED_FIELD(TEXT, "data", struct update, data),
	PACKED_FIELD(TEXT, "inline_message_id", struct update, inline_message_id),
	PACKED_FIELD(TEXT, "business_connection_id", struct update, business_connection),
	PACKED_FIELD(INTEGER, "message_id", struct update, message_id),
	PACKED_FIELD(INTEGER, "user_chat_id", struct update, user_chat_id),
	PACKED_FIELD(MAP, "old_chat_member", struct update, member_before),
	PACKED_FIELD(MAP, "new_chat_member", struct update, member_after),
	PACKED_FIELD(ARRAY, "old_reaction", struct update, reaction_before),
	PACKED_FIELD(ARRAY, "new_reaction", struct update, reaction_after),
};

bool kind_is_message(enum update_kind kind)
{
	return kind == KIND_MESSAGE || kind == KIND_EDITED_MESSAGE || kind == KIND_CHANNEL_POST ||
	       kind == KIND_EDITED_CHANNEL_POST || kind == KIND_BUSINESS_MESSAGE ||
	       kind == KIND_EDITED_BUSINESS_MESSAGE || kind == KIND_GUEST_MESSAGE;
}

bool update_is_message(const struct update *update)
{
	return kind_is_message(update->kind);
}

void message_view_read(struct cursor map, struct message_view *out)
{
	packed_fields_read(map, message_fields, COUNT_OF(message_fields), out);
}

void update_read(const void *data, size_t size, enum update_kind kind, struct update *out)
{
	struct cursor whole = cursor_make(data, size);
	struct cursor id = cursor_find(whole, "update_id");

	*out = (struct update) { .kind = kind };
	if (cursor_type(&id) == PACK_INT)
		out->update_id = cursor_int(&id);
	if (kind == KIND_UNKNOWN)
		return;
	out->body = cursor_find(whole, kinds[kind].field);
	if (kind_is_message(kind)) {
		message_view_read(out->body, &out->message);
		return;
	}
	packed_fields_read(out->body, other_fields, COUNT_OF(other_fields), out);
	message_view_read(out->pressed, &out->message);
}

const char *text_copy(struct text text, struct arena *arena)
{
	return text.data && text.length ? arena_strndup(arena, text.data, text.length) : "";
}

static struct user *read_user(struct cursor map, struct arena *arena)
{
	struct raw {
		int64_t id;
		bool is_bot;
		struct text first_name, last_name, username, language_code;
	} raw = { 0 };
	static const struct packed_field fields[] = {
		PACKED_FIELD(INTEGER, "id", struct raw, id),
		PACKED_FIELD(BOOLEAN, "is_bot", struct raw, is_bot),
		PACKED_FIELD(TEXT, "first_name", struct raw, first_name),
		PACKED_FIELD(TEXT, "last_name", struct raw, last_name),
		PACKED_FIELD(TEXT, "username", struct raw, username),
		PACKED_FIELD(TEXT, "language_code", struct raw, language_code),
	};
	struct user *user;

	packed_fields_read(map, fields, COUNT_OF(fields), &raw);
	if (raw.id == 0)
		return NULL;
	user = arena_alloc(arena, sizeof(*user));
	*user = (struct user) {
		.id = raw.id,
		.is_bot = raw.is_bot,
		.first_name = text_copy(raw.first_name, arena),
		.last_name = text_copy(raw.last_name, arena),
		.username = text_copy(raw.username, arena),
		.language_code = text_copy(raw.language_code, arena),
	};
	return user;
}

const struct user *user_read(struct cursor map, struct arena *arena)
{
	return read_user(map, arena);
}

bool chat_type_read(struct text word, enum chat_type *out)
{
	static const char *const words[] = {
		[CHAT_PRIVATE] = "private",
		[CHAT_GROUP] = "group",
		[CHAT_SUPERGROUP] = "supergroup",
		[CHAT_CHANNEL] = "channel",
	};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (text_is(word, words[i])) {
			*out = (enum chat_type)i;
			return true;
		}
	return false;
}

const struct chat *chat_read(struct cursor map, struct arena *arena)
{
	struct raw {
		int64_t id;
		struct text type, title, username;
	} raw = { 0 };
	static const struct packed_field fields[] = {
		PACKED_FIELD(INTEGER, "id", struct raw, id),
		PACKED_FIELD(TEXT, "type", struct raw, type),
		PACKED_FIELD(TEXT, "title", struct raw, title),
		PACKED_FIELD(TEXT, "username", struct raw, username),
	};
	enum chat_type type;
	struct chat *chat;

	packed_fields_read(map, fields, COUNT_OF(fields), &raw);
	if (raw.id == 0 || !chat_type_read(raw.type, &type))
		return NULL;
	chat = arena_alloc(arena, sizeof(*chat));
	*chat = (struct chat) {
		.id = raw.id,
		.type = type,
		.title = text_copy(raw.title, arena),
		.username = text_copy(raw.username, arena),
	};
	return chat;
}

const struct user *message_view_author(const struct message_view *message, struct arena *arena)
{
	struct user *user = read_user(message->from, arena);

	if (user)
		user->stands_for = chat_read(message->sender_chat, arena);
	return user;
}

const struct chat *update_find_chat(const struct update *update, struct arena *arena)
{
	const struct chat *chat = chat_read(update->message.chat, arena);

	return chat ? chat : chat_read(update->chat, arena);
}

const struct user *update_find_user(const struct update *update, struct arena *arena)
{
	const struct user *user;

	if (kind_is_message(update->kind))
		return message_view_author(&update->message, arena);
	user = user_read(update->from, arena);
	return user ? user : user_read(update->user, arena);
}

bool update_is_written(const struct update *update)
{
	const struct message_view *message = &update->message;

	return !kind_is_message(update->kind) ||
	       (cursor_type(&message->forward_origin) == PACK_NONE && !message->forward_date &&
		cursor_type(&message->via_bot) == PACK_NONE &&
		cursor_type(&message->business_bot) == PACK_NONE);
}

struct entity {
	struct text type;
	int64_t offset, length;
	struct cursor user;
};

/* The entity of this type that starts at this offset. */
static bool find_entity(const struct update *update, const char *type, size_t offset,
			struct entity *out)
{
	static const struct packed_field fields[] = {
		PACKED_FIELD(TEXT, "type", struct entity, type),
		PACKED_FIELD(INTEGER, "offset", struct entity, offset),
		PACKED_FIELD(INTEGER, "length", struct entity, length),
		PACKED_FIELD(MAP, "user", struct entity, user),
	};
	struct cursor list = update->message.entities;
	size_t count = cursor_type(&list) == PACK_ARRAY ? cursor_array(&list) : 0;

	while (count-- && cursor_ok(&list)) {
		*out = (struct entity) { 0 };
		packed_fields_read(list, fields, COUNT_OF(fields), out);
		cursor_skip(&list);
		if (text_is(out->type, type) && out->offset == (int64_t)offset && out->length > 0)
			return true;
	}
	return false;
}

/* A command is ASCII, so its units are bytes. */
size_t update_command_length(const struct update *update)
{
	struct entity entity;

	return find_entity(update, "bot_command", 0, &entity) ? (size_t)entity.length : 0;
}

const struct user *update_find_mention(const struct update *update, size_t offset, size_t *length,
				       struct arena *arena)
{
	struct entity entity;

	if (!find_entity(update, "text_mention", offset, &entity))
		return NULL;
	*length = (size_t)entity.length;
	return user_read(entity.user, arena);
}

struct text update_find_hidden_link(const struct update *update, int64_t bot_id,
				    struct arena *arena)
{
	struct message_view replied = { 0 };
	struct text url = { 0 };
	const struct user *from;
	size_t count;

	message_view_read(update->message.replied, &replied);
	from = user_read(replied.from, arena);
	if (!from || from->id != bot_id || cursor_type(&replied.entities) != PACK_ARRAY)
		return url;
	count = cursor_array(&replied.entities);
	while (count-- && cursor_ok(&replied.entities)) {
		struct cursor found = cursor_find(replied.entities, "url");

		url = cursor_type(&found) == PACK_TEXT ? cursor_text(&found) : (struct text) { 0 };
		cursor_skip(&replied.entities);
	}
	return url;
}

/* "date" of a pressed button's message is when the bot sent that. */
int64_t update_time(const struct update *update)
{
	struct cursor edited = cursor_find(update->body, "edit_date");
	struct cursor date = cursor_find(update->body, "date");

	if (cursor_type(&edited) == PACK_INT)
		return cursor_int(&edited);
	return cursor_type(&date) == PACK_INT ? cursor_int(&date) : 0;
}

int64_t update_topic(const struct update *update)
{
	return update->message.in_topic ? update->message.thread_id : 0;
}

int64_t update_direct_topic(const struct update *update)
{
	struct cursor id = cursor_find(update->message.direct_topic, "topic_id");

	return cursor_type(&id) == PACK_INT ? cursor_int(&id) : update->direct_topic;
}

struct text update_business_connection(const struct update *update)
{
	return update->message.business_connection.length ? update->message.business_connection
							  : update->business_connection;
}

/* A restricted member may be in the chat or not: "is_member" says which. */
static bool read_status(struct text word, bool is_member, enum member_status *out)
{
	static const struct {
		const char *word;
		enum member_status status;
	} rows[] = {
		{ "creator", MEMBER_CREATOR }, { "administrator", MEMBER_ADMINISTRATOR },
		{ "member", MEMBER_PLAIN },    { "restricted", MEMBER_RESTRICTED },
		{ "left", MEMBER_OUTSIDE },    { "kicked", MEMBER_BANNED },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (text_is(word, rows[i].word)) {
			*out = rows[i].status;
			if (*out == MEMBER_RESTRICTED && !is_member)
				*out = MEMBER_OUTSIDE;
			return true;
		}
	return false;
}

struct member_view {
	struct text status;
	bool is_member;
	struct cursor user;
};

static struct member_view read_member(struct cursor map)
{
	static const struct packed_field fields[] = {
		PACKED_FIELD(TEXT, "status", struct member_view, status),
		PACKED_FIELD(BOOLEAN, "is_member", struct member_view, is_member),
		PACKED_FIELD(MAP, "user", struct member_view, user),
	};
	struct member_view view = { 0 };

	packed_fields_read(map, fields, COUNT_OF(fields), &view);
	return view;
}

bool update_read_members(const struct update *update, struct arena *arena,
			 struct member_change *out)
{
	struct member_view before = read_member(update->member_before);
	struct member_view after = read_member(update->member_after);

	out->member = user_read(after.user, arena);
	return out->member && read_status(before.status, before.is_member, &out->before) &&
	       read_status(after.status, after.is_member, &out->after);
}

const char *reaction_read(struct cursor list, struct arena *arena)
{
	size_t count = cursor_type(&list) == PACK_ARRAY ? cursor_array(&list) : 0;

	while (count-- && cursor_ok(&list)) {
		struct cursor emoji = cursor_find(list, "emoji");

		if (cursor_type(&emoji) == PACK_TEXT)
			return text_copy(cursor_text(&emoji), arena);
		cursor_skip(&list);
	}
	return "";
}
