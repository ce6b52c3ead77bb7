/* action_text.h - text messages, new and edited. */
#ifndef SIMULATOR_ACTION_TEXT_H
#define SIMULATOR_ACTION_TEXT_H

#include "simulator/action.h"

struct action_result action_say(struct sim *sim, const struct action *action, const char *text);
/* The update is queued even if the message is forgotten. */
struct action_result action_edit(struct sim *sim, const struct action *action, int64_t message_id,
				 const char *text);

#endif
