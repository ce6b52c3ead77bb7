/* action_update.h - updates that are not messages: reactions, queries, votes, the bot's own
 * membership. */
#ifndef SIMULATOR_ACTION_UPDATE_H
#define SIMULATOR_ACTION_UPDATE_H

#include "simulator/action.h"

/* "reaction", "inline_query", "join_request", "add_bot", … */
const char *action_update_kind(size_t index); /* from 0 on; NULL at the end */
struct action_result action_send_update(struct sim *sim, const struct action *action,
					const char *kind);
/* Presses a button of a message; `data` is its callback_data. *query_id gets the id, 32 bytes. */
struct action_result action_press(struct sim *sim, struct person *person,
				  const struct message *message, const char *data,
				  char query_id[32]);

#endif
