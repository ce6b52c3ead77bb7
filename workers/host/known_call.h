/* known_call.h - whether the table of the Bot API has a call: its method, its parameters, their
 * types, and those that it needs. For tests, and for workers built to check calls (make CHECKS=1):
 * what Telegram would ignore or refuse is a fault of the handler. */
#ifndef WORKERS_HOST_KNOWN_CALL_H
#define WORKERS_HOST_KNOWN_CALL_H

#include "common/settings.h"
#include "common/why.h"
#include "workers/wire/call.h"

/* With KORONE_BOTAPI_NEWER what the table does not know is logged, and is no fault. */
MUST_CHECK bool known_call(const struct settings *settings, const struct call *call,
			   struct why *why);

#endif
