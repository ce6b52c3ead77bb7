/* action_kinds.h - any action by its name: media, service messages and other updates.
 */
#ifndef SIMULATOR_ACTION_KINDS_H
#define SIMULATOR_ACTION_KINDS_H

#include "simulator/action.h"

/* All kinds, by number from 0 on; NULL at the end. */
const char *action_kind(size_t index);
bool action_is_kind(const char *name);
struct action_result action_perform(struct sim *sim, const struct action *action, const char *kind);

#endif
