/* action_member.h - memberships: who joins, leaves, is promoted or banned. */
#ifndef SIMULATOR_ACTION_MEMBER_H
#define SIMULATOR_ACTION_MEMBER_H

#include "simulator/action.h"

/* `by` gives the place to the person whom it names. The update is chat_member, or my_chat_member
 * for the bot. */
struct action_result action_put_member(struct sim *sim, struct chat *chat, struct person *by,
				       const struct member *place);
/* The place that member_with() makes. */
struct action_result action_set_member(struct sim *sim, struct chat *chat, struct person *by,
				       struct person *whose, enum member_status status);

/* `more` are further members of the update, as `"via_join_request":true`; NULL: none. */
struct action_result action_put_member_by(struct sim *sim, struct chat *chat, struct person *by,
					  const struct member *place, const char *more);

#endif
