/* inline.h - inline queries: "@thebot words" in any chat. */
#ifndef WORKERS_API_INLINE_H
#define WORKERS_API_INLINE_H

#include <stdint.h>

#include "workers/api/people.h"

/* Bot API "InlineQuery". */
struct inline_query {
	const struct user *from;
	const char *query;
	const char *offset;    /* of the page that is wanted; "" for the first */
	const char *chat_type; /* "sender" for the private chat with the bot, "private", "group",
				* "supergroup", "channel"; "": Telegram does not say */
};

/* Bot API "ChosenInlineResult": a result of an inline query was sent. */
struct chosen_result {
	const struct user *from;
	const char *result_id;
	const char *query;
};

#endif
