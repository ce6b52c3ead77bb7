/* check.h - what must be true of the conversation in a file. */
#ifndef TESTS_MODULES_CHECK_H
#define TESTS_MODULES_CHECK_H

#include <stdbool.h>

#include "common/why.h"

struct reached;

/* That the bot does what the file says, and that in its other languages it can do the same: no
 * handler fails there, no text is longer than Telegram takes. With `update` the file is rewritten
 * instead of compared. Shows what differs as TAP diagnostics. */
MUST_CHECK bool check_conversation(const char *path, bool update, struct reached *reached,
				   struct why *why);
/* That no handler fails, whatever hosts answer: hostile.h. `*fetches` is false when the file asks
 * no host, and then there is nothing to check. */
MUST_CHECK bool check_hostile(const char *path, bool *fetches, struct why *why);
/* That the calls which a pool makes at its start, with the commands of all modules, are such as
 * Telegram takes. */
MUST_CHECK bool check_start_calls(struct why *why);

/* That the example modules can be loaded together, as fuzz_host does. */
MUST_CHECK bool check_examples(struct why *why);

#endif
