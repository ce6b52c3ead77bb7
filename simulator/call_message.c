#include "simulator/call_message.h"

#include <jansson.h>
#include <stdlib.h>

#include "simulator/sim.h"

#define MESSAGE_IDS_MAX 100

bool call_message(struct call *call, const char *what, struct message **out)
{
	*out = messages_find(&call->sim->messages, call->chat,
			     parameters_id(call->parameters, "message_id"));
	if (!*out)
		return call_fail(call, 400, "Bad Request: %s not found", what);
	call->message_id = (*out)->id;
	return true;
}

bool call_source(struct call *call, struct chat **out)
{
	const char *name = parameters_text(call->parameters, "from_chat_id");
	const struct chat *chat;

	if (!*name)
		return call_fail(call, 400, "Bad Request: parameter \"from_chat_id\" is required");
	*out = world_find_chat(&call->sim->world, name);
	chat = *out;
	if (!chat)
		return call_fail(call, 400, "Bad Request: chat not found");
	if (chat->person || *chat->username || member_is_present(&chat->bot))
		return true;
	return call_fail(call, 403, "Forbidden: bot is not a member of the %s chat",
			 chat_type_name(chat->type));
}

/* As get_message_ids() of the Bot API server reads them. */
static bool take_id(struct call *call, const json_t *item, int64_t *out)
{
	const char *text = json_string_value(item);
	char *end;

	if (!json_is_integer(item) && !text)
		return call_fail(call, 400, "Bad Request: message identifier must be a Number");
	*out = text ? strtoll(text, &end, 10) : json_integer_value(item);
	if (text && *end)
		return call_fail(call, 400,
				 "Bad Request: can't parse message identifier as a Number");
	return *out > 0 ||
	       call_fail(call, 400, "Bad Request: invalid message identifier specified");
}

bool call_message_ids(struct call *call, int64_t **out, size_t *count)
{
	const char *text = parameters_text(call->parameters, "message_ids");
	json_t *list = json_loads(text, 0, NULL);
	bool ok = true;

	*out = arena_alloc(call->arena, MESSAGE_IDS_MAX * sizeof(**out));
	*count = json_array_size(list);
	if (!*text || (json_is_array(list) && *count == 0))
		ok = call_fail(call, 400, "Bad Request: message identifiers are not specified");
	else if (!list)
		ok = call_fail(call, 400, "Bad Request: can't parse message_ids JSON object");
	else if (!json_is_array(list))
		ok = call_fail(call, 400, "Bad Request: expected an Array of message identifiers");
	else if (*count > MESSAGE_IDS_MAX)
		ok = call_fail(call, 400, "Bad Request: too many message identifiers specified");
	for (size_t i = 0; ok && i < *count; i++)
		ok = take_id(call, json_array_get(list, i), &(*out)[i]);
	json_decref(list);
	return ok;
}
