/* action_kinds.h - any action by its name: media, service messages and other updates.
 */
#ifndef SIMULATOR_ACTION_KINDS_H
#define SIMULATOR_ACTION_KINDS_H

#include "simulator/action.h"

struct action_result action_perform(struct sim *sim, const struct action *action, const char *kind);

#endif
