/* limits.h - Telegram's flood limits, when they are switched on: so many messages in such a time.
 */
#ifndef SIMULATOR_LIMITS_H
#define SIMULATOR_LIMITS_H

#include <stdint.h>

#include "common/id_map.h"
#include "simulator/options.h"
#include "simulator/world.h"

/* With allow_paid_broadcast (sendMessage). */
#define PAID_PER_SECOND 1000

struct limit_window {
	int64_t start_ms;
	int64_t count;
};

struct limits {
	struct limit_options options;
	struct id_map chats; /* chat id → struct chat_windows */
	struct limit_window all;
	int64_t silent_until_ms; /* no message at all before */
	uint64_t refused;
};

void limits_finish(struct limits *limits);
/* 0 when a message to the chat may pass, at `now_ms` of the simulated Telegram, else the seconds to
 * wait. */
int limits_wait_s(struct limits *limits, const struct chat *chat, bool paid, int64_t now_ms);
/* So many messages were sent after it passed, such as an album, which may go beyond a limit that
 * was not reached before. What was refused does not count. */
void limits_count(struct limits *limits, const struct chat *chat, int64_t messages);

#endif
