#include "simulator/method_business.h"

#include "simulator/call_business.h"
#include "simulator/call_message.h"
#include "simulator/sim.h"

static const struct business_connection *call_connection(struct call *call)
{
	const char *id = parameters_text(call->parameters, "business_connection_id");
	const struct business_connection *connection = business_find(&call->sim->business, id);

	if (!*id)
		call_fail(call, 400,
			  "Bad Request: parameter \"business_connection_id\" is required");
	else if (!connection)
		call_fail(call, 400, "Bad Request: business connection not found");
	return connection;
}

void method_get_business_connection(struct call *call)
{
	const struct business_connection *connection = call_connection(call);

	if (connection)
		business_write(&call->result, connection);
}

void method_read_business_message(struct call *call)
{
	const char *id = parameters_text(call->parameters, "business_connection_id");
	const struct business_connection *connection;
	struct message *message;

	if (call_connection(call) && business_call(call, id, &connection) &&
	    call_message(call, "message", &message))
		call_result_true(call);
}

/* Of the bot's own and of the other side's, in any chat of the connection: 1 to 100 at once. */
void method_delete_business_messages(struct call *call)
{
	struct messages *messages = &call->sim->messages;
	int64_t *ids;
	size_t count;

	if (!call_connection(call) || !call_message_ids(call, &ids, &count))
		return;
	for (size_t i = 0; messages->ring && i < MESSAGES_MAX; i++) {
		for (size_t j = 0; j < count; j++) {
			if (messages->ring[i].chat && messages->ring[i].chat->person &&
			    messages->ring[i].id == ids[j])
				messages_delete(messages, &messages->ring[i]);
		}
	}
	call_result_true(call);
}
