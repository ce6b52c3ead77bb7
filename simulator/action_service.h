/* action_service.h - service messages: what happened in a group, as a message in it. */
#ifndef SIMULATOR_ACTION_SERVICE_H
#define SIMULATOR_ACTION_SERVICE_H

#include "simulator/action.h"

/* "join", "leave", "title", "pin", "topic" */
struct action_result action_send_service(struct sim *sim, const struct action *action,
					 const char *kind);
/* The kinds by number from 0 on; NULL at the end. */
const char *action_service_kind(size_t index);
/* action.from lets somebody in, who may be the same. */
struct action_result action_invite(struct sim *sim, const struct action *action,
				   struct person *whose);
/* The service message that action.from removed somebody. */
struct action_result action_tell_removal(struct sim *sim, const struct action *action,
					 struct person *whose);
/* Makes a supergroup of a group: two service messages, whose updates are *ids. */
struct chat *action_migrate(struct sim *sim, struct chat *group, struct person *by, int32_t ids[2]);

#endif
