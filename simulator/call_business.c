#include "simulator/call_business.h"

#include "simulator/sim.h"

/* Texts as in the Bot API server (get_business_connection_chat_id) and TDLib
 * (BusinessConnectionManager); BUSINESS_PEER_USAGE_MISSING comes from Telegram itself. */
bool business_call(struct call *call, const char *id, const struct business_connection **out)
{
	struct sim *sim = call->sim;
	const char *text = parameters_text(call->parameters, "chat_id");
	int64_t chat_id = parameters_id(call->parameters, "chat_id");
	const struct business_connection *connection = business_find(&sim->business, id);
	struct person *person = world_person(&sim->world, chat_id);

	if (!*text)
		return call_fail(call, 400, "Bad Request: chat identifier is empty");
	if (chat_id == 0)
		return call_fail(call, 400, "Bad Request: chat identifier must be a valid Integer");
	if (!connection || !connection->is_enabled)
		return call_fail(call, 400, "Bad Request: business connection not found");
	if (!person)
		return call_fail(call, 400, "Bad Request: chat must be a private chat");
	if (person == connection->user)
		return call_fail(call, 400, "Bad Request: messages must not be sent to self");
	if (!connection->can_reply)
		return call_fail(call, 400, "Bad Request: BOT_ACCESS_FORBIDDEN");
	if (sim_now_s(sim) - person->wrote_to_business_s > BUSINESS_ANSWER_S)
		return call_fail(call, 400, "Bad Request: BUSINESS_PEER_USAGE_MISSING");
	call->chat = world_private_chat(&sim->world, person);
	*out = connection;
	return true;
}
