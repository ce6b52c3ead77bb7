/* people.h - who and where: people and chats. */
#ifndef WORKERS_API_PEOPLE_H
#define WORKERS_API_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chat;

/* Bot API "User". */
struct user {
	int64_t id;
	bool is_bot; /* anonymous admins and linked channels too */
	const char *first_name;
	const char *last_name;
	const char *username;      /* without @ */
	const char *language_code; /* of the person's client, IETF: "pt-br" */
	/* The channel or group in whose name it was written: then the other members are those of a
	 * stand-in account (Bot API, "sender_chat") and of no person. NULL: of the person. */
	const struct chat *stands_for;
};

/* Whom something is about, or who wrote something: just one is set. What is written in the name of
 * a chat is the chat's: a channel that writes in a group, or the group itself, in whose name its
 * anonymous administrators write. */
struct target {
	const struct user *user;
	const struct chat *channel;
};

struct targets {
	const struct target *list;
	size_t count;
};

enum chat_type { CHAT_PRIVATE, CHAT_GROUP, CHAT_SUPERGROUP, CHAT_CHANNEL };

/* Bot API "Chat". */
struct chat {
	int64_t id;
	enum chat_type type;
	const char *title;    /* "" for a private chat */
	const char *username; /* without @ */
};

#endif
