/* business.h - business connections: people for whom the bot may read and answer their private
 * chats (https://core.telegram.org/bots/features#bots-for-business). */
#ifndef SIMULATOR_BUSINESS_H
#define SIMULATOR_BUSINESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/json.h"
#include "simulator/world.h"

#define BUSINESS_CONNECTIONS_MAX 64
/* The bot may answer people who wrote so recently. */
#define BUSINESS_ANSWER_S 86400

struct business_connection {
	char id[32];
	struct person *user;
	int64_t date;
	bool is_enabled, can_reply;
};

struct business {
	struct business_connection items[BUSINESS_CONNECTIONS_MAX];
	size_t count;
};

/* Of the person, made at first use; NULL when there are too many. */
struct business_connection *business_connect(struct business *business, struct person *user,
					     int64_t now_s);
const struct business_connection *business_find(const struct business *business, const char *id);
void business_write(struct json *json, const struct business_connection *connection);

#endif
