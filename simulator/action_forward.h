/* action_forward.h - a message that a person sends on. */
#ifndef SIMULATOR_ACTION_FORWARD_H
#define SIMULATOR_ACTION_FORWARD_H

#include "simulator/action.h"

/* `source` is neither a service message nor a poll. */
struct action_result action_forward(struct sim *sim, const struct action *action,
				    const struct message *source);

#endif
