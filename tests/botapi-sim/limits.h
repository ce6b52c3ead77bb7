/* limits.h - Telegram's flood limits, when tests switch them on: so many messages in so long. */
#ifndef BOTAPI_SIM_LIMITS_H
#define BOTAPI_SIM_LIMITS_H

#include <stdint.h>

#include "tests/botapi-sim/id_map.h"
#include "tests/botapi-sim/options.h"
#include "tests/botapi-sim/world.h"

struct limits {
	struct limit_options options;
	struct id_map chats; /* chat id → struct window */
	uint64_t all_start_ms;
	int64_t all_count;
	uint64_t silent_until_ms; /* no message at all before */
	uint64_t refused;
};

void limits_finish(struct limits *limits);
/* Counts a message to the chat. 0 when it may pass, else the seconds to wait: calls that are
 * refused count for nothing. */
int limits_take(struct limits *limits, const struct chat *chat, uint64_t now_ms);

#endif
