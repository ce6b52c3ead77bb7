/* limits.h - Telegram's flood limits, when tests switch them on: so many messages in such a time.
 */
#ifndef SIMULATOR_LIMITS_H
#define SIMULATOR_LIMITS_H

#include <stdint.h>

#include "common/id_map.h"
#include "simulator/options.h"
#include "simulator/world.h"

struct limits {
	struct limit_options options;
	struct id_map chats; /* chat id → struct window */
	uint64_t all_start_ms;
	int64_t all_count;
	uint64_t silent_until_ms; /* no message at all before */
	uint64_t refused;
};

void limits_finish(struct limits *limits);
/* Counts a message to the chat. 0 when it may pass, else the seconds to wait: refused calls
 * do not count. */
int limits_take(struct limits *limits, const struct chat *chat, uint64_t now_ms);

#endif
