/* action_join.h - people who come into a chat by a link or a request. */
#ifndef SIMULATOR_ACTION_JOIN_H
#define SIMULATOR_ACTION_JOIN_H

#include "simulator/action.h"
#include "simulator/invites.h"

/* Asks to join; administrators among bots get chat_join_request. `bio` NULL: none. */
struct action_result action_request_join(struct sim *sim, struct chat *chat, struct person *person,
					 struct invite *invite, const char *bio);
/* Joins, or asks to if the link says so. update_id -1: the link is not valid any more, or the
 * person is in the chat or banned. */
struct action_result action_use_invite(struct sim *sim, struct invite *invite,
				       struct person *person, const char *bio);
void action_approve(struct sim *sim, struct join_request *request, struct person *by);
void action_decline(struct sim *sim, struct join_request *request);

#endif
