/* bot.h - who the bot is, from Telegram's getMe: the sender learns it and the parent passes it to
 * the children. */
#ifndef WORKERS_WIRE_BOT_H
#define WORKERS_WIRE_BOT_H

#include <stdint.h>

struct bot {
	int64_t id;
	char username[64]; /* without "@" */
};

#endif
