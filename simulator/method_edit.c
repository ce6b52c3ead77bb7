#include "simulator/method_edit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/compose.h"
#include "simulator/formatting.h"
#include "simulator/markup.h"
#include "simulator/sim.h"
#include "simulator/transcript.h"

#define DELETE_MAX 100
#define DELETE_AGE_MAX_S (48 * 3600)

static bool find_own(struct call *call, struct message **out)
{
	if (!call_chat(call, true))
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
	compose_stored(&call->result, message);
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
	if (!send_markup(call, &markup) || !find_own(call, &message))
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
	transcript_message(call->sim, call->chat, call->sim->world.bot, text.text);
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

/* Own messages of the last 48 hours; those of others only as an administrator. */
static bool may_delete(const struct call *call, const struct message *message)
{
	if (sim_now_s(call->sim) - message->date > DELETE_AGE_MAX_S)
		return false;
	return message->from_bot || call->chat->person ||
	       call->chat->bot.status == MEMBER_ADMINISTRATOR;
}

void method_delete_message(struct call *call)
{
	struct message *message;

	if (!call_chat(call, true))
		return;
	message = messages_find(&call->sim->messages, call->chat,
				parameters_id(call->parameters, "message_id"));
	call->message_id = parameters_id(call->parameters, "message_id");
	if (!message) {
		call_fail(call, 400, "Bad Request: message to delete not found");
	} else if (!may_delete(call, message)) {
		call_fail(call, 400, "Bad Request: message can't be deleted");
	} else {
		message->deleted = true;
		call_result_true(call);
	}
}

void method_delete_messages(struct call *call)
{
	json_t *ids = json_loads(parameters_text(call->parameters, "message_ids"), 0, NULL);
	json_t *id;
	size_t i;

	if (!json_is_array(ids) || json_array_size(ids) == 0) {
		call_fail(call, 400, "Bad Request: message identifiers are not specified");
	} else if (json_array_size(ids) > DELETE_MAX) {
		call_fail(call, 400, "Bad Request: too many message identifiers specified");
	} else if (call_chat(call, true)) {
		/* What is unknown or may not be deleted is skipped. */
		json_array_foreach(ids, i, id)
		{
			struct message *message = messages_find(&call->sim->messages, call->chat,
								json_integer_value(id));

			if (message && may_delete(call, message))
				message->deleted = true;
		}
		call_result_true(call);
	}
	json_decref(ids);
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

/* Pins, unpins and reactions: the message must be there. */
void method_touch_message(struct call *call)
{
	if (!call_chat(call, true))
		return;
	if (messages_find(&call->sim->messages, call->chat,
			  parameters_id(call->parameters, "message_id")))
		call_result_true(call);
	else
		call_fail(call, 400, "Bad Request: message to react not found");
}
