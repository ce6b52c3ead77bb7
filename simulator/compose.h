/* compose.h - writes the objects of the Bot API (Message, CallbackQuery, ChatMemberUpdated, …) as
 * Telegram does, in its order of fields. */
#ifndef SIMULATOR_COMPOSE_H
#define SIMULATOR_COMPOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/json.h"
#include "simulator/entities.h"
#include "simulator/messages.h"
#include "simulator/world.h"

/* What a message has besides its content. Pointers are borrowed. */
struct draft {
	struct chat *chat;
	int64_t message_id;
	const struct person *from;      /* NULL for a channel post */
	const struct chat *sender_chat; /* anonymous admin, channel; NULL: none */
	const char *author_signature;   /* NULL: none */
	int64_t date, edit_date;        /* edit_date 0: never */
	int64_t thread_id;              /* 0: none */
	bool is_topic_message;
	bool is_service;
	const struct message *reply_to; /* NULL: none */
	const char *extra;              /* further members, as `"has_protected_content":true` */
};

void compose_person(struct json *json, const struct person *person);
void compose_chat(struct json *json, const struct chat *chat);
/* Opens the object and writes everything before the content; the content's keys follow, then
 * compose_message_end(). */
void compose_message_start(struct json *json, const struct draft *draft);
/* `markup` is JSON of an inline keyboard, NULL: none. */
void compose_message_end(struct json *json, const char *markup);
/* "text" and "entities", or with key "caption" the two of a caption; nothing for an empty text. */
void compose_text(struct json *json, const struct formatted *text, const char *key);
/* A stored message as a whole, without the one that it replies to. */
void compose_stored(struct json *json, const struct message *message);
/* `"direct_messages_topic":{…}` of what a person writes to a channel. */
const char *direct_topic_members(struct arena *arena, const struct person *person);
/* The MessageOrigin of what is forwarded. */
void compose_origin(struct json *json, const struct message *message);
void compose_key_person(struct json *json, const char *key, const struct person *person);

/* ChatMember objects; the status decides the fields. */
void compose_member(struct json *json, const struct member *member, const struct chat *chat);
/* The object of chat_member and my_chat_member updates; `more` are further members, NULL: none. */
void compose_member_updated(struct json *json, const struct chat *chat, const struct person *from,
			    int64_t date, const struct member *before, const struct member *after,
			    const char *more);

#endif
