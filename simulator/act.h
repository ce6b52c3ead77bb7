/* act.h - what people do: each function makes it happen in the world and tells the bot by an
 * update. Used by control requests and by the crowd. Ids of updates are 0 when the bot does not
 * want them. */
#ifndef SIMULATOR_ACT_H
#define SIMULATOR_ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "simulator/messages.h"
#include "simulator/world.h"

struct sim;

/* Who does it and where. */
struct act {
	struct chat *chat;
	struct person *from;      /* NULL: a channel posts */
	bool anonymous;           /* as an administrator without a name: `from` is not told */
	struct chat *sender_chat; /* speaks as this channel; NULL: as oneself */
	int64_t thread_id;        /* 0: none */
	int64_t reply_to;         /* message id; 0: none */
	bool forwarded;           /* the message comes from somebody else */
	const char *caption;      /* of media; NULL: none */
};

struct acted {
	int32_t update_id;
	int64_t message_id; /* 0: none */
};

struct acted act_say(struct sim *sim, const struct act *act, const char *text);
struct acted act_edit(struct sim *sim, const struct act *act, int64_t message_id, const char *text);
/* Presses a button of a message; `data` is its callback_data. *query_id gets the id, 32 bytes. */
struct acted act_press(struct sim *sim, struct person *person, const struct message *message,
		       const char *data, char query_id[32]);
/* Sends something that is no text: "photo", "sticker", …; update_id -1 for an unknown kind. */
struct acted act_send(struct sim *sim, const struct act *act, const char *kind);
/* Service messages and updates of other kinds: "join", "leave", "reaction", "join_request",
 * "inline_query", …; update_id -1 for an unknown kind. */
struct acted act_do(struct sim *sim, const struct act *act, const char *kind);
/* Changes a membership and tells by chat_member (or my_chat_member for the bot). */
struct acted act_set_member(struct sim *sim, struct chat *chat, struct person *by,
			    struct person *whose, enum member_status status);
/* Makes a supergroup of a group: two service messages, whose updates are *ids. */
struct chat *act_migrate(struct sim *sim, struct chat *group, struct person *by, int32_t ids[2]);

#endif
