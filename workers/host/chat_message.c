/* chat_message.c - reads all that struct message has, when a handler asks for it: the message, and
 * what it replies to. */
#include "workers/host/chat_message.h"

#include <string.h>

#include "common/xalloc.h"
#include "workers/host/entities.h"
#include "workers/host/packed_fields.h"
#include "workers/host/media.h"
#include "workers/host/rich.h"
#include "workers/host/update.h"

/* What routing does not need, and struct message_view therefore does not have. */
struct details {
	int64_t edit_date;
	bool automatic;
	struct text album;
	bool text_above;
	struct cursor quote, external_reply, reply_markup, rich, preview;
};

static struct details read_details(struct cursor map)
{
	static const struct packed_field fields[] = {
		PACKED_FIELD(INTEGER, "edit_date", struct details, edit_date),
		PACKED_FIELD(BOOLEAN, "is_automatic_forward", struct details, automatic),
		PACKED_FIELD(TEXT, "media_group_id", struct details, album),
		PACKED_FIELD(MAP, "quote", struct details, quote),
		PACKED_FIELD(MAP, "external_reply", struct details, external_reply),
		PACKED_FIELD(MAP, "reply_markup", struct details, reply_markup),
		PACKED_FIELD(MAP, "rich_message", struct details, rich),
		PACKED_FIELD(MAP, "link_preview_options", struct details, preview),
		PACKED_FIELD(BOOLEAN, "show_caption_above_media", struct details, text_above),
	};
	struct details details = { 0 };

	packed_fields_read(map, fields, COUNT_OF(fields), &details);
	return details;
}

const struct origin *origin_read(struct cursor map, struct arena *arena)
{
	struct raw {
		int64_t date, message_id;
		struct text name;
		struct cursor user, sender_chat, chat;
	} raw = { 0 };
	static const struct packed_field fields[] = {
		PACKED_FIELD(INTEGER, "date", struct raw, date),
		PACKED_FIELD(INTEGER, "message_id", struct raw, message_id),
		PACKED_FIELD(TEXT, "sender_user_name", struct raw, name),
		PACKED_FIELD(MAP, "sender_user", struct raw, user),
		PACKED_FIELD(MAP, "sender_chat", struct raw, sender_chat),
		PACKED_FIELD(MAP, "chat", struct raw, chat),
	};
	struct origin *origin = arena_alloc(arena, sizeof(*origin));

	packed_fields_read(map, fields, COUNT_OF(fields), &raw);
	origin->user = user_read(raw.user, arena);
	origin->chat = chat_read(raw.chat, arena);
	if (!origin->chat)
		origin->chat = chat_read(raw.sender_chat, arena);
	origin->name = text_copy(raw.name, arena);
	origin->message_id = raw.message_id;
	origin->date_s = raw.date;
	return origin;
}

/* --- links ------------------------------------------------------------------------------------ */

static void read_link(struct cursor map, size_t row, struct message *out, struct arena *arena)
{
	struct message_link *links = (struct message_link *)out->links;
	struct raw {
		struct text label, url;
	} raw = { 0 };
	static const struct packed_field fields[] = {
		PACKED_FIELD(TEXT, "text", struct raw, label),
		PACKED_FIELD(TEXT, "url", struct raw, url),
	};

	packed_fields_read(map, fields, COUNT_OF(fields), &raw);
	if (!raw.label.length || !raw.url.length || out->links_count == MESSAGE_LINKS_MAX)
		return;
	if (!links)
		out->links = links = arena_alloc(arena, MESSAGE_LINKS_MAX * sizeof(*links));
	links[out->links_count++] = (struct message_link) {
		.label = text_copy(raw.label, arena),
		.url = text_copy(raw.url, arena),
		.row = row,
	};
}

static void read_links(struct cursor reply_markup, struct message *out, struct arena *arena)
{
	struct cursor rows = cursor_find(reply_markup, "inline_keyboard");
	size_t count = cursor_type(&rows) == PACK_ARRAY ? cursor_array(&rows) : 0;

	for (size_t row = 0; row < count && cursor_ok(&rows); row++, cursor_skip(&rows)) {
		struct cursor keys = rows;
		size_t left = cursor_type(&keys) == PACK_ARRAY ? cursor_array(&keys) : 0;

		for (; left && cursor_ok(&keys); left--, cursor_skip(&keys))
			read_link(keys, row, out, arena);
	}
}

/* --- the message ------------------------------------------------------------------------------ */

/* A text up to a NUL is what modules see, so entities after it have no place. */
static struct text seen_part(struct text text)
{
	if (text.length)
		text.length = strnlen(text.data, text.length);
	return text;
}

static void read_text(const struct message_view *view, const struct details *details,
		      struct message *out, struct arena *arena)
{
	struct text text = seen_part(view->text.data ? view->text : view->caption);
	struct rich rich;

	if (cursor_type(&details->rich) == PACK_MAP) {
		rich = rich_read(details->rich, arena);
		out->text = rich.text.data;
		out->entities = rich.entities;
		out->entities_count = rich.entities_count;
		out->media = rich.media;
		return;
	}
	out->text = text_copy(text, arena);
	out->entities_count = entities_read(view->entities, text, arena, &out->entities);
}

static bool has_link(const struct message *message)
{
	for (size_t i = 0; i < message->entities_count; i++)
		if (strcmp(message->entities[i].type, "url") == 0 ||
		    strcmp(message->entities[i].type, "text_link") == 0)
			return true;
	return false;
}

/* Bot API "LinkPreviewOptions": only of messages that are text, and only what is not usual. */
static void read_preview(struct cursor map, struct message *out, struct arena *arena)
{
	struct raw {
		bool disabled, large, small, above;
		struct text url;
	} raw = { 0 };
	static const struct packed_field fields[] = {
		PACKED_FIELD(BOOLEAN, "is_disabled", struct raw, disabled),
		PACKED_FIELD(BOOLEAN, "prefer_large_media", struct raw, large),
		PACKED_FIELD(BOOLEAN, "prefer_small_media", struct raw, small),
		PACKED_FIELD(BOOLEAN, "show_above_text", struct raw, above),
		PACKED_FIELD(TEXT, "url", struct raw, url),
	};

	packed_fields_read(map, fields, COUNT_OF(fields), &raw);
	if (raw.disabled || (!raw.url.length && !has_link(out)))
		return;
	out->preview = text_copy(raw.url, arena);
	out->look |= (raw.large ? DRAFT_PREVIEW_LARGE : 0) | (raw.small ? DRAFT_PREVIEW_SMALL : 0) |
		     (raw.above ? DRAFT_PREVIEW_ABOVE : 0);
}

static const char *read_quote(struct cursor map, struct arena *arena)
{
	struct cursor text = cursor_find(map, "text");

	return cursor_type(&text) == PACK_TEXT ? text_copy(cursor_text(&text), arena) : "";
}

static const struct origin *read_forward(const struct message_view *view, struct arena *arena)
{
	bool forwarded = cursor_type(&view->forward_origin) == PACK_MAP || view->forward_date;

	return forwarded ? origin_read(view->forward_origin, arena) : NULL;
}

/* Bot API "ExternalReplyInfo". */
static const struct message *read_elsewhere(struct cursor map, struct arena *arena)
{
	struct cursor chat = cursor_find(map, "chat");
	struct cursor id = cursor_find(map, "message_id");
	const struct origin *origin;
	struct message *message;

	if (cursor_type(&map) != PACK_MAP)
		return NULL;
	origin = origin_read(cursor_find(map, "origin"), arena);
	message = arena_alloc(arena, sizeof(*message));
	*message = (struct message) {
		.chat = chat_read(chat, arena),
		.from = origin->user,
		.sender_chat = origin->chat,
		.id = cursor_type(&id) == PACK_INT ? cursor_int(&id) : 0,
		.date_s = origin->date_s,
		.album = "",
		.text = "",
		.media = media_read(map, arena),
		.quote = "",
	};
	return message;
}

static struct message *read_one(struct cursor map, const struct message_view *view,
				struct arena *arena)
{
	struct details details = read_details(map);
	struct message *out = arena_alloc(arena, sizeof(*out));

	out->chat = chat_read(view->chat, arena);
	out->from = message_view_author(view, arena);
	out->sender_chat = out->from ? out->from->stands_for : chat_read(view->sender_chat, arena);
	out->id = view->message_id;
	out->topic = view->in_topic ? view->thread_id : 0;
	out->date_s = view->date;
	out->album = text_copy(details.album, arena);
	out->media = media_read(map, arena);
	read_text(view, &details, out, arena);
	out->look = details.text_above ? DRAFT_TEXT_ABOVE : 0;
	if (view->text.length)
		read_preview(details.preview, out, arena);
	read_links(details.reply_markup, out, arena);
	out->reply_elsewhere = read_elsewhere(details.external_reply, arena);
	out->quote = read_quote(details.quote, arena);
	out->forward = read_forward(view, arena);
	out->via_bot = user_read(view->via_bot, arena);
	out->edited = details.edit_date != 0;
	out->automatic = details.automatic;
	return out;
}

/* In a topic, a message that is not a reply names the message that opened the topic. */
static const struct message *read_reply(const struct message_view *view, const struct message *to,
					struct arena *arena)
{
	struct message_view replied = { 0 };
	struct message *reply;

	message_view_read(view->replied, &replied);
	if (cursor_type(&view->replied) != PACK_MAP ||
	    (view->in_topic && replied.message_id == view->thread_id))
		return NULL;
	reply = read_one(view->replied, &replied, arena);
	if (!reply->chat)
		reply->chat = to->chat;
	return reply;
}

const struct message *message_read(struct cursor map, struct arena *arena)
{
	struct message_view view = { 0 };
	struct message *message;

	message_view_read(map, &view);
	message = read_one(map, &view, arena);
	if (!message->chat)
		return NULL;
	message->reply = read_reply(&view, message, arena);
	return message;
}
