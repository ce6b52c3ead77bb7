/* action.h - what a person does in a chat. The action_*.c files carry it out in the world and queue
 * the update by which the bot learns of it. */
#ifndef SIMULATOR_ACTION_H
#define SIMULATOR_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/json.h"
#include "common/kind.h"
#include "simulator/compose.h"
#include "simulator/world.h"

struct sim;
struct stored_file;

/* Who does it and where. */
struct action {
	struct chat *chat;
	struct person *from;      /* NULL: a channel posts */
	bool anonymous;           /* as an administrator without a name: `from` is hidden */
	struct chat *sender_chat; /* speaks as this channel; NULL: as oneself */
	int64_t thread_id;        /* 0: none */
	int64_t reply_to;         /* message id; 0: none */
	bool forwarded;           /* the message comes from somebody else */
	const char *caption;      /* of media; NULL: none */
	struct stored_file *file; /* what media are made of; NULL: they are made up */
	const char *file_name;    /* of a document or audio; NULL: none */
	bool html;                /* the text is HTML */
	const char *album;        /* media_group_id, digits; NULL: none */
};

/* What the bot was told. */
struct action_result {
	int32_t update_id;  /* 0: it does not want such updates; -1: see action_impossible() */
	int64_t message_id; /* 0: none */
};

/* For a kind of action that is unknown or does not fit the chat. */
struct action_result action_impossible(void);

/* Starts the update's object, in sim.scratch. */
struct json action_json(struct sim *sim);
/* Everything of a message but its id. */
struct draft action_draft(struct sim *sim, const struct action *action);
/* Queues the message in sim.scratch as an update and keeps it, so that it can be replied to. `text`
 * NULL: it is not a text message; `ping`: the number of a "/ping N", -1: none. */
struct action_result action_queue_message(struct sim *sim, const struct action *action,
					  const struct draft *draft, const char *text,
					  int64_t ping);
/* Queues what is in sim.scratch. An actor that is itself a bot is not recorded. */
struct action_result action_queue_update(struct sim *sim, enum update_kind kind,
					 struct person *actor, struct chat *chat);

#endif
