/* dress.c - the call that was asked for is put aside while another is written. */
#include "workers/sender/dress.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "workers/sender/gather.h"
#include "workers/wire/call_end.h"

void send_call_dress(struct send_call *call)
{
	call->asked = call->call;
	if (call->call.said_s)
		call->written = call_body_with_ends(call->call.body, call->call.said_s,
						    clock_utc_s());
	else
		gather_start(call);
	if (call->written)
		call->call.body = text_of(call->written);
	if (call->gathered_count) {
		call->method = METHOD_DELETE_MESSAGES;
		call->call.method = text_of(method_names[call->method]);
	}
}

void send_call_undress(struct send_call *call)
{
	call->call = call->asked;
	free(call->written);
	call->written = NULL;
}

bool send_call_move(struct send_call *call, int64_t chat_id)
{
	char *moved = call->moved ? NULL : call_body_moved(&call->call, chat_id);

	if (!moved)
		return false;
	call->moved = moved;
	call->call.body = (struct text) { moved, strlen(moved) };
	return true;
}
