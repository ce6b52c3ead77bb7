/* action_text.h - text messages of people, new ones and edited ones. */
#ifndef SIMULATOR_ACTION_TEXT_H
#define SIMULATOR_ACTION_TEXT_H

#include "simulator/action.h"

struct action_result action_say(struct sim *sim, const struct action *action, const char *text);
/* Of a message that is forgotten the update comes all the same. */
struct action_result action_edit(struct sim *sim, const struct action *action, int64_t message_id,
				 const char *text);

#endif
