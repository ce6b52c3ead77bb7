/* transcript.h - what the bot did, as lines of a conversation. */
#ifndef TESTS_MODULES_TRANSCRIPT_H
#define TESTS_MODULES_TRANSCRIPT_H

#include "common/buffer.h"
#include "tests/modules/world.h"
#include "workers/host/host.h"

/* Appends lines for all results of an action, and remembers the buttons that were shown. */
void transcript_outcome(struct world *world, const struct action *action,
			const struct host_outcome *outcome, struct buffer *out);
/* Appends "who: text", lines after the first with "  |" before them. */
void transcript_text(const char *who, const char *text, struct buffer *out);

#endif
