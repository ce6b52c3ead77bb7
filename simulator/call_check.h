/* call_check.h - a call's parameters compared with the table of the Bot API. */
#ifndef SIMULATOR_CALL_CHECK_H
#define SIMULATOR_CALL_CHECK_H

#include "simulator/call.h"

/* What the table does not have so: unknown parameters, wrong types, missing ones. Telegram ignores
 * most of it, so this refuses nothing: it is for the journal. NULL when there is none; in the
 * call's arena. */
const char *call_remarks(const struct call *call);

#endif
