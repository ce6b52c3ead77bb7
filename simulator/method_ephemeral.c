#include "simulator/method_ephemeral.h"

#include <jansson.h>
#include <stdlib.h>

#include "common/xalloc.h"
#include "simulator/formatting.h"
#include "simulator/markup.h"
#include "simulator/media.h"
#include "simulator/method_media.h"
#include "simulator/sim.h"

/* Kept under the negative of its id, apart from the messages of all. */
static bool call_ephemeral(struct call *call, struct message **out)
{
	int64_t id = parameters_id(call->parameters, "ephemeral_message_id");
	int64_t receiver = parameters_id(call->parameters, "receiver_user_id");

	if (!call_chat(call, true))
		return false;
	if (receiver <= 0)
		return call_fail(call, 400, "Bad Request: invalid receiver_user_id specified");
	*out = id > 0 ? messages_find(&call->sim->messages, call->chat, -id) : NULL;
	if (*out && (*out)->receiver_id == receiver)
		return true;
	return call_fail(call, 400, "Bad Request: message to edit not found");
}

static void replace(char **field, const char *text)
{
	free(*field);
	*field = text && *text ? xstrdup(text) : NULL;
}

static void edit_text(struct call *call, const char *name, const char *entities, size_t units_max)
{
	struct formatted text;
	struct message *message;
	const char *markup;

	if (!send_formatted(call, name, entities, units_max, &text) ||
	    !send_markup(call, &markup) || !call_ephemeral(call, &message))
		return;
	if (units_max == TEXT_UNITS_MAX && text.length == 0) {
		call_fail(call, 400, "Bad Request: message text is empty");
		return;
	}
	replace(&message->text, text.text);
	replace(&message->entities, send_entities_text(call, &text));
	replace(&message->markup, markup);
	call->said = text.text;
	messages_changed(&call->sim->messages, message);
	call_result_true(call);
}

void method_edit_ephemeral_text(struct call *call)
{
	edit_text(call, "text", "entities", TEXT_UNITS_MAX);
}

void method_edit_ephemeral_caption(struct call *call)
{
	edit_text(call, "caption", "caption_entities", CAPTION_UNITS_MAX);
}

void method_edit_ephemeral_markup(struct call *call)
{
	struct message *message;
	const char *markup;

	if (!send_markup(call, &markup) || !call_ephemeral(call, &message))
		return;
	replace(&message->markup, markup);
	messages_changed(&call->sim->messages, message);
	call_result_true(call);
}

void method_edit_ephemeral_media(struct call *call)
{
	json_t *object = json_loads(parameters_text(call->parameters, "media"), 0, NULL);
	const char *type = json_string_value(json_object_get(object, "type"));
	struct media_source source = { call, object, "media" };
	struct formatted caption;
	struct message *message;
	enum media_kind kind;
	const char *content = NULL;

	if (!object)
		call_fail(call, 400, "Bad Request: can't parse input media JSON object");
	else if (!type || !media_kind_find(type, &kind))
		call_fail(call, 400,
			  "Bad Request: can't parse InputMedia: type \"%s\" is unsupported",
			  type ? type : "");
	else
		content = media_content(&source, kind);
	if (content && media_object_caption(call, object, &caption) &&
	    call_ephemeral(call, &message)) {
		replace(&message->content, content);
		replace(&message->text, caption.text);
		replace(&message->entities, send_entities_text(call, &caption));
		messages_changed(&call->sim->messages, message);
		call_result_true(call);
	}
	json_decref(object);
}

void method_delete_ephemeral(struct call *call)
{
	struct message *message;

	if (!call_ephemeral(call, &message))
		return;
	messages_delete(&call->sim->messages, message);
	call_result_true(call);
}
