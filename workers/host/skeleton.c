/* skeleton.c - a list of the fields that stay, for each Bot API object: what a later Bot API adds
 * is not kept. Of objects that only say that a message was not written here, nothing stays but that
 * they were there (update_is_written()). */
#include "workers/host/skeleton.h"

#include <string.h>

#include "workers/host/update.h"

/* A field that stays; of an object those of its fields that are listed, up to one without name. */
struct part {
	const char *name;
	const struct part *inside; /* NULL: a number, a text or a truth */
};

static const struct part nothing[] = { { NULL, NULL } };

static const struct part user_parts[] = {
	{ "id", NULL },        { "is_bot", NULL },   { "first_name", NULL },
	{ "last_name", NULL }, { "username", NULL }, { "language_code", NULL },
	{ NULL, NULL },
};

static const struct part chat_parts[] = {
	{ "id", NULL },       { "type", NULL },     { "title", NULL },
	{ "username", NULL }, { "is_forum", NULL }, { "is_direct_messages", NULL },
	{ NULL, NULL },
};

static const struct part direct_topic_parts[] = {
	{ "topic_id", NULL },
	{ NULL, NULL },
};

static const struct part message_parts[] = {
	{ "message_id", NULL },
	{ "ephemeral_message_id", NULL },
	{ "date", NULL },
	{ "from", user_parts },
	{ "sender_chat", chat_parts },
	{ "chat", chat_parts },
	{ "message_thread_id", NULL },
	{ "is_topic_message", NULL },
	{ "direct_messages_topic", direct_topic_parts },
	{ "business_connection_id", NULL },
	{ "guest_query_id", NULL },
	{ "forward_origin", nothing },
	{ "forward_date", NULL },
	{ "via_bot", nothing },
	{ "sender_business_bot", nothing },
	{ NULL, NULL },
};

static const struct part other_parts[] = {
	{ "from", user_parts },
	{ "user", user_parts },
	{ "chat", chat_parts },
	{ "message", message_parts },
	{ "message_id", NULL },
	{ "inline_message_id", NULL },
	{ "business_connection_id", NULL },
	{ "user_chat_id", NULL },
	{ "date", NULL },
	{ NULL, NULL },
};

static bool is_scalar(struct cursor value)
{
	switch (cursor_type(&value)) {
	case PACK_BOOL:
	case PACK_INT:
	case PACK_UINT:
		return true;
	case PACK_TEXT:
		return cursor_text(&value).length <= SKELETON_TEXT_MAX;
	case PACK_NONE:
	case PACK_NIL:
	case PACK_DOUBLE:
	case PACK_BYTES:
	case PACK_ARRAY:
	case PACK_MAP:
	case PACK_EXT:
		return false;
	}
	return false;
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static bool is_changed(const struct part *part, const struct skeleton_changes *changes)
{
	static const char *const people[] = { "from", "user", "sender_chat", NULL };
	static const char *const spots[] = {
		"message_id",
		"ephemeral_message_id",
		"message_thread_id",
		"is_topic_message",
		"direct_messages_topic",
		"guest_query_id",
		"inline_message_id",
		NULL,
	};

	return (changes->nobody && is_one_of(part->name, people)) ||
	       (changes->chat && is_one_of(part->name, spots));
}

static bool is_other_chat(const struct part *part, const struct skeleton_changes *changes)
{
	return changes->chat && part->inside == chat_parts && strcmp(part->name, "chat") == 0;
}

static bool stays(const struct part *part, struct cursor value,
		  const struct skeleton_changes *changes)
{
	if (is_other_chat(part, changes))
		return true;
	if (is_changed(part, changes))
		return false;
	return part->inside ? cursor_type(&value) == PACK_MAP : is_scalar(value);
}

static void write_chat(const struct chat *chat, struct buffer *out)
{
	static const char *const types[] = {
		[CHAT_PRIVATE] = "private",
		[CHAT_GROUP] = "group",
		[CHAT_SUPERGROUP] = "supergroup",
		[CHAT_CHANNEL] = "channel",
	};

	pack_map(out, 4);
	pack_text(out, "id");
	pack_int(out, chat->id);
	pack_text(out, "type");
	pack_text(out, types[chat->type]);
	pack_text(out, "title");
	pack_text(out, chat->title);
	pack_text(out, "username");
	pack_text(out, chat->username);
}

static void write_parts(struct cursor map, const struct part *parts,
			const struct skeleton_changes *changes, struct buffer *out);

static void write_part(const struct part *part, struct cursor value,
		       const struct skeleton_changes *changes, struct buffer *out)
{
	struct text bytes;

	pack_text(out, part->name);
	if (is_other_chat(part, changes)) {
		write_chat(changes->chat, out);
		return;
	}
	if (part->inside) {
		write_parts(value, part->inside, changes, out);
		return;
	}
	bytes = cursor_skip(&value);
	pack_raw(out, bytes.data, bytes.length);
}

/* The lists are at most three deep. */
static void write_parts(struct cursor map, const struct part *parts,
			const struct skeleton_changes *changes, struct buffer *out)
{
	size_t count = 0;

	for (const struct part *part = parts; part->name; part++)
		count += stays(part, cursor_find(map, part->name), changes);
	pack_map(out, count);
	for (const struct part *part = parts; part->name; part++) {
		struct cursor value = cursor_find(map, part->name);

		if (stays(part, value, changes))
			write_part(part, value, changes, out);
	}
}

void skeleton_write(struct text update, enum update_kind kind,
		    const struct skeleton_changes *changes, struct buffer *out)
{
	const struct part whole[] = {
		{ "update_id", NULL },
		{ kind == KIND_UNKNOWN ? NULL : kinds[kind].field,
		  kind_is_message(kind) ? message_parts : other_parts },
		{ NULL, NULL },
	};

	write_parts(cursor_make(update.data, update.length), whole, changes, out);
}
