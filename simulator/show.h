/* show.h - the conversation as lines for people: "Friends | Alice: /ping 3". */
#ifndef SIMULATOR_SHOW_H
#define SIMULATOR_SHOW_H

#include "simulator/world.h"

struct sim;

/* Nothing without --show. `text` NULL: nothing was said. */
void show_said(const struct sim *sim, const struct chat *chat, const struct person *person,
	       const char *text);
/* "Friends | Alice joined" */
void show_did(const struct sim *sim, const struct chat *chat, const struct person *person,
	      const char *what);

#endif
