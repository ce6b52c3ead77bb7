/* action_rights.h - who may do what in a chat: one who is muted is silent, one who is banned or has
 * left is not there. */
#ifndef SIMULATOR_ACTION_RIGHTS_H
#define SIMULATOR_ACTION_RIGHTS_H

#include "simulator/action.h"

/* NULL when the action's person may do it, else why not. `kind` is "say" or one of action_kinds.h.
 * A person of whom nothing is known in the chat counts as a member. */
const char *action_refusal(const struct action *action, const char *kind);

#endif
