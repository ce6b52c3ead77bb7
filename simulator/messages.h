/* messages.h - the last messages of all chats, the bot's and the people's, for edits, replies and
 * deletions. */
#ifndef SIMULATOR_MESSAGES_H
#define SIMULATOR_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "simulator/reactions.h"
#include "simulator/world.h"

#define MESSAGES_MAX 65536 /* beyond that the oldest is forgotten */

#define MESSAGE_CHANGES_MAX 8192 /* that are remembered */

struct poll;

struct message {
	struct chat *chat;
	int64_t id;
	struct person *from;
	struct chat *sender_chat; /* of an anonymous admin or a channel; NULL: none */
	int64_t date;
	int64_t edit_date; /* 0: never */
	int64_t thread_id; /* 0: none */
	char *text;        /* or the caption; NULL: none */
	char *entities;    /* of the text, JSON array; NULL: none */
	char *markup;      /* JSON of the inline keyboard; NULL: none */
	char *content;     /* `"photo":[…]`, members of the object; NULL: a text message */
	char *extra;       /* further members, as `"forward_origin":{…}`; NULL: none */
	struct reactions reactions;
	struct poll *poll; /* NULL: none; see polls.h */
	int64_t reply_to;  /* id of the message replied to; 0: none */
	bool from_bot;
	bool deleted;
	char *keyboard;  /* reply_markup that is no inline keyboard; NULL: none */
	uint64_t change; /* number of its last change; see messages_changed() */
	char *invoice;   /* see method_payments.c; NULL: none */
	bool is_service;
	bool is_inline; /* sent via the bot: see inline_message.h */
	bool is_pinned;
	bool is_protected;   /* can't be forwarded, copied or saved */
	int64_t receiver_id; /* of an ephemeral message, whose id is negative; 0: all see it */
	uint32_t next;       /* slot + 1 in the hash chain */
};

struct messages {
	struct message *ring; /* made at first use */
	uint32_t *heads;
	size_t written;
	uint32_t *changes; /* slots, by number of the change % MESSAGE_CHANGES_MAX */
	uint64_t changes_count;
};

void messages_finish(struct messages *messages);
/* A new slot, zeroed but for chat and id. Valid until MESSAGES_MAX more were added. */
struct message *messages_add(struct messages *messages, struct chat *chat, int64_t id);
/* The message is new, edited, deleted or has other reactions: who watches the chat will look. */
void messages_changed(struct messages *messages, struct message *message);
/* The chat's last message; NULL when there is none, or it was taken away. */
const struct message *messages_newest(const struct messages *messages, const struct chat *chat);
/* Of those in the ring, how many were written before; the order of a chat's messages. */
size_t messages_place(const struct messages *messages, const struct message *message);
/* What changed last with this number, NULL when it changed again since or is forgotten. */
struct message *messages_change_at(const struct messages *messages, uint64_t number);
/* Takes it away. */
void messages_delete(struct messages *messages, struct message *message);
/* All of a person in a chat. */
void messages_delete_of(struct messages *messages, const struct chat *chat,
			const struct person *person);
/* NULL when it is unknown or deleted. */
struct message *messages_find(const struct messages *messages, const struct chat *chat, int64_t id);

#endif
