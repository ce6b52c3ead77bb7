/* service.h - service messages, which tell what happened in a chat: a pin, a topic, a new title. */
#ifndef SIMULATOR_SERVICE_H
#define SIMULATOR_SERVICE_H

#include <stdint.h>

#include "simulator/action.h"

/* Keeps the message and tells the bot, also of what it did itself (need_skip_update_message in the
 * Bot API server). `members` are those of the content, as `"new_chat_title":"…"`; sim.scratch is
 * written over. */
struct action_result service_tell(struct sim *sim, struct chat *chat, struct person *from,
				  int64_t thread_id, const char *members);

#endif
