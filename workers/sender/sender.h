/* sender.h - the only process of a pool with the bot token and a connection to Telegram: it makes
 * all calls, in order for each chat, and obeys every 429. */
#ifndef WORKERS_SENDER_SENDER_H
#define WORKERS_SENDER_SENDER_H

#include "common/settings.h"
#include "workers/wire/rights.h"

/* The life of a sender after the fork. `socket` leads to the parent, `scoreboard` is a descriptor
 * of its shared memory. The settings hold no token: that comes in the first frame. What Telegram
 * says about members goes into `rights`. Returns the exit code. */
int sender_main(const struct settings *settings, struct rights *rights, int socket, int scoreboard);

#endif
