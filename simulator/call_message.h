/* call_message.h - the message that a call is about. */
#ifndef SIMULATOR_CALL_MESSAGE_H
#define SIMULATOR_CALL_MESSAGE_H

#include "simulator/call.h"
#include "simulator/messages.h"

/* message_id of call->chat, which call_chat() has found. `what` is what Telegram calls it: "message
 * to forward". False after call_fail(), "… not found". */
bool call_message(struct call *call, const char *what, struct message **out);
/* In the chat of from_chat_id, for forwards and copies; call->chat stays. */
bool call_source(struct call *call, struct chat **out);
/* message_ids: 1 to 100 that ascend strictly; the array is in the arena. */
bool call_message_ids(struct call *call, int64_t **out, size_t *count);

#endif
