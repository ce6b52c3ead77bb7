/* transcript.h - the conversation as lines to read (--show): "Friends | Alice: /ping 3". */
#ifndef SIMULATOR_TRANSCRIPT_H
#define SIMULATOR_TRANSCRIPT_H

#include "simulator/world.h"

struct sim;

/* Nothing without --show. `text` NULL: not a text message. */
void transcript_message(const struct sim *sim, const struct chat *chat, const struct person *person,
			const char *text);
/* "Friends | Alice joined" */
void transcript_action(const struct sim *sim, const struct chat *chat, const struct person *person,
		       const char *what);

#endif
