/* act_message.h - how the act_*.c files make messages of people. */
#ifndef SIMULATOR_ACT_MESSAGE_H
#define SIMULATOR_ACT_MESSAGE_H

#include "common/buffer.h"
#include "simulator/act.h"
#include "simulator/compose.h"

/* Everything but the message id. */
struct draft act_draft(struct sim *sim, const struct act *act);
/* Queues the update of a written message and keeps the message. */
struct acted act_finish(struct sim *sim, const struct act *act, const struct draft *draft,
			const char *text, struct buffer *json, int64_t ping);

#endif
