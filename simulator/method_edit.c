#include "simulator/method_edit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/call_business.h"
#include "simulator/call_message.h"
#include "simulator/compose.h"
#include "simulator/formatting.h"
#include "simulator/inline_message.h"
#include "simulator/markup.h"
#include "simulator/media.h"
#include "simulator/method_media.h"
#include "simulator/sim.h"
#include "simulator/transcript.h"

#define DELETE_AGE_MAX_S (48 * 3600)
#define DICE_AGE_MIN_S (24 * 3600) /* in private chats */

/* By inline_message_id, or in a chat. */
static bool find_own(struct call *call, struct message **out)
{
	const char *inline_id = parameters_text(call->parameters, "inline_message_id");
	const char *connection = parameters_text(call->parameters, "business_connection_id");
	const struct business_connection *business;

	if (*inline_id) {
		*out = inline_message_find(call->sim, inline_id);
		return *out || call_fail(call, 400, "Bad Request: MESSAGE_ID_INVALID");
	}
	if (*connection ? !business_call(call, connection, &business) : !call_chat(call, true))
		return false;
	*out = messages_find(&call->sim->messages, call->chat,
			     parameters_id(call->parameters, "message_id"));
	if (!*out)
		return call_fail(call, 400, "Bad Request: message to edit not found");
	if (!(*out)->from_bot)
		return call_fail(call, 400, "Bad Request: message can't be edited");
	return true;
}

static bool is_same(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static void replace(char **field, const char *text)
{
	free(*field);
	*field = text && *text ? xstrdup(text) : NULL;
}

static bool fail_not_modified(struct call *call)
{
	return call_fail(call, 400,
			 "Bad Request: message is not modified: specified new message content and "
			 "reply markup are exactly the same as a current content and reply markup "
			 "of the message");
}

static void write_edited(struct call *call, struct message *message)
{
	call->message_id = message->id;
	call->said = message->text;
	message->edit_date = sim_now_s(call->sim);
	messages_changed(&call->sim->messages, message);
	if (message->is_inline)
		call_result_true(call);
	else
		compose_stored(&call->result, message);
}

/* A text is edited by one method, a caption by another. */
static bool has_kind(struct call *call, const struct message *message, bool text)
{
	bool is_text = !message->content && !message->poll;

	if (text && !is_text)
		return call_fail(call, 400, "Bad Request: there is no text in the message to edit");
	if (!text && (is_text || message->poll || message->is_service))
		return call_fail(call, 400,
				 "Bad Request: there is no caption in the message to edit");
	return true;
}

static void edit_text(struct call *call, const char *name, const char *entities_name,
		      size_t units_max)
{
	struct formatted text;
	struct message *message;
	const char *markup;
	const char *entities;

	if (!send_formatted(call, name, entities_name, units_max, &text))
		return;
	if (text.length == 0 && units_max == TEXT_UNITS_MAX) {
		call_fail(call, 400, "Bad Request: message text is empty");
		return;
	}
	if (!send_markup(call, &markup) || !find_own(call, &message) ||
	    !has_kind(call, message, units_max == TEXT_UNITS_MAX))
		return;
	entities = send_entities_text(call, &text);
	if (is_same(message->text, text.text) && is_same(message->entities, entities) &&
	    is_same(message->markup, markup)) {
		fail_not_modified(call);
		return;
	}
	replace(&message->text, text.text);
	replace(&message->entities, entities);
	replace(&message->markup, markup);
	write_edited(call, message);
	transcript_message(call->sim, message->chat, call->sim->world.bot, text.text);
}

void method_edit_message_text(struct call *call)
{
	edit_text(call, "text", "entities", TEXT_UNITS_MAX);
}

void method_edit_message_caption(struct call *call)
{
	edit_text(call, "caption", "caption_entities", CAPTION_UNITS_MAX);
}

void method_edit_message_reply_markup(struct call *call)
{
	struct message *message;
	const char *markup;

	if (!send_markup(call, &markup) || !find_own(call, &message))
		return;
	if (is_same(message->markup, markup)) {
		fail_not_modified(call);
		return;
	}
	replace(&message->markup, markup);
	write_edited(call, message);
}

/* The new media of the call's InputMedia object: its members and caption. */
static bool take_media(struct call *call, const char **content, struct formatted *caption)
{
	json_t *object = json_loads(parameters_text(call->parameters, "media"), 0, NULL);
	const char *type = json_string_value(json_object_get(object, "type"));
	struct media_source source = { call, object, "media" };
	enum media_kind kind;
	bool ok = false;

	*content = NULL;
	if (!object)
		call_fail(call, 400, "Bad Request: can't parse input media JSON object");
	else if (!json_is_object(object))
		call_fail(call, 400, "Bad Request: can't parse InputMedia: expected an Object");
	else if (!type || !media_kind_find(type, &kind) || kind == MEDIA_STICKER ||
		 kind == MEDIA_VOICE || kind == MEDIA_VIDEO_NOTE)
		call_fail(call, 400,
			  "Bad Request: can't parse InputMedia: type \"%s\" is unsupported",
			  type ? type : "");
	else if (!json_string_value(json_object_get(object, "media")))
		call_fail(call, 400, "Bad Request: can't parse InputMedia: media not found");
	else
		ok = (*content = media_content(&source, kind)) != NULL &&
		     media_object_caption(call, object, caption);
	json_decref(object);
	return ok;
}

void method_edit_message_media(struct call *call)
{
	struct formatted caption;
	struct message *message;
	const char *markup;
	const char *content;

	if (!take_media(call, &content, &caption) || !send_markup(call, &markup) ||
	    !find_own(call, &message))
		return;
	if (message->poll || message->is_service) {
		call_fail(call, 400, "Bad Request: message can't be edited");
		return;
	}
	if (is_same(message->content, content) && is_same(message->text, caption.text) &&
	    is_same(message->markup, markup)) {
		fail_not_modified(call);
		return;
	}
	replace(&message->content, content);
	replace(&message->text, caption.text);
	replace(&message->entities, send_entities_text(call, &caption));
	replace(&message->markup, markup);
	write_edited(call, message);
}

/* The rules of deleteMessage. */
static bool may_delete(const struct call *call, const struct message *message)
{
	const struct chat *chat = call->chat;
	int64_t age_s = sim_now_s(call->sim) - message->date;
	bool is_dice = message->content && !strncmp(message->content, "\"dice\"", 6);

	if (age_s > DELETE_AGE_MAX_S)
		return false;
	if (message->is_service && message->content &&
	    (strstr(message->content, "chat_created") || strstr(message->content, "topic_created")))
		return false;
	if (chat->person)
		return !is_dice || age_s > DICE_AGE_MIN_S;
	if (member_has_right(&chat->bot, RIGHT_DELETE_MESSAGES) ||
	    (chat->type == CHAT_GROUP && member_is_admin(&chat->bot)))
		return true;
	if (!message->from_bot)
		return false;
	return chat->type != CHAT_CHANNEL || member_has_right(&chat->bot, RIGHT_POST_MESSAGES);
}

void method_delete_message(struct call *call)
{
	struct message *message;

	if (!call_chat(call, true))
		return;
	call->message_id = parameters_id(call->parameters, "message_id");
	if (!call_message(call, "message to delete", &message))
		return;
	if (!may_delete(call, message)) {
		call_fail(call, 400, "Bad Request: message can't be deleted");
		return;
	}
	messages_delete(&call->sim->messages, message);
	call_result_true(call);
}

/* What is unknown or may not be deleted is skipped. */
void method_delete_messages(struct call *call)
{
	int64_t *ids;
	size_t count;

	if (!call_message_ids(call, &ids, &count) || !call_chat(call, true))
		return;
	for (size_t i = 0; i < count; i++) {
		struct message *message = messages_find(&call->sim->messages, call->chat, ids[i]);

		if (message && may_delete(call, message))
			messages_delete(&call->sim->messages, message);
	}
	call_result_true(call);
}

void method_answer_callback_query(struct call *call)
{
	call->said = parameters_text(call->parameters, "text");
	if (callback_queries_answer(&call->sim->callback_queries,
				    parameters_id(call->parameters, "callback_query_id"),
				    sim_now_s(call->sim)))
		call_result_true(call);
	else
		call_fail(call, 400,
			  "Bad Request: query is too old and response timeout expired or query "
			  "ID is invalid");
}
