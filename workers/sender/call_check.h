/* call_check.h - whether a call may be made at all. Calls come from children, which may have been
 * taken over: what is refused here is what no handler has a use for.
 *
 * Refused are methods that are the system's own, whatever their case (Telegram ignores it): those
 * that take updates or say where they go, that end the bot's session, or that answer with a token.
 * So are parameters that Telegram and this program could read differently, and a chat in the
 * parameters other than the one by which the call is ordered, held back and moved. */
#ifndef WORKERS_SENDER_CALL_CHECK_H
#define WORKERS_SENDER_CALL_CHECK_H

#include "workers/wire/call.h"

/* The reason names the method at most, and no chat. */
MUST_CHECK bool call_check(const struct call *call, struct why *why);

#endif
