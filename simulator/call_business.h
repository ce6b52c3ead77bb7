/* call_business.h - a call in the name of a person who connected the bot to their account. */
#ifndef SIMULATOR_CALL_BUSINESS_H
#define SIMULATOR_CALL_BUSINESS_H

#include "simulator/business.h"
#include "simulator/call.h"

/* The connection and, as call->chat, the private chat of chat_id in which the bot answers for its
 * user; false after call_fail(). */
bool business_call(struct call *call, const char *id, const struct business_connection **out);

#endif
