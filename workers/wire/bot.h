/* bot.h - who the bot is, as Telegram's getMe says it: the sender learns it and the parent hands it
 * to the children. */
#ifndef WORKERS_WIRE_BOT_H
#define WORKERS_WIRE_BOT_H

#include <stdint.h>

struct bot {
	int64_t id;
	char username[64]; /* without @ */
};

#endif
