/* action_member.h - memberships: who joins, leaves, is promoted or banned. */
#ifndef SIMULATOR_ACTION_MEMBER_H
#define SIMULATOR_ACTION_MEMBER_H

#include "simulator/action.h"

/* The update is chat_member, or my_chat_member for the bot. */
struct action_result action_set_member(struct sim *sim, struct chat *chat, struct person *by,
				       struct person *whose, enum member_status status);

#endif
