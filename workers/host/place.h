/* place.h - where an answer goes: everything by which the Bot API's sending and editing methods
 * tell one place from another (chat, topic, topic of a channel's direct messages, business
 * connection, the only person who sees an ephemeral message) and which message it replies to. */
#ifndef WORKERS_HOST_PLACE_H
#define WORKERS_HOST_PLACE_H

#include "botapi/botapi.h"
#include "workers/host/ctx.h"

struct place {
	int64_t chat_id;
	int64_t topic;                   /* message_thread_id; 0: none */
	int64_t direct_topic;            /* direct_messages_topic_id; 0: none */
	struct text business_connection; /* nil: none */
	int64_t receiver_id;             /* of an ephemeral message; 0: all see it */
	struct text query_id;            /* the press that an ephemeral message answers, or nil */
	int64_t reply_to;                /* 0: no reply */
	bool reply_is_ephemeral;         /* `reply_to` is an ephemeral message's id */
};

/* Where the current update happened, as a reply to its message; only for an update with a chat. */
struct place place_here(struct ctx *ctx);
/* Another chat, or this one: then not as a reply. */
struct place place_of_chat(struct ctx *ctx, int64_t chat_id);

/* Makes it a message that only whoever did this sees, where all others would see it: in groups.
 * False for somebody who writes in the name of a chat, and in channels. */
MUST_CHECK bool place_hide(struct place *place, struct ctx *ctx);

/* Whether it is a private chat. */
bool place_is_private(const struct place *place, struct ctx *ctx);
/* Whom something there is for that is for one person: in a private chat the one whose it is, else
 * whoever did this; 0: nobody. */
int64_t place_person(const struct place *place, struct ctx *ctx);

/* Leaves out what the method does not take. */
void place_fit(struct place *place, const struct botapi_method *method);

/* Writes the parameters that say where (chat_id first), and those of the reply. */
void place_write(const struct place *place, struct json *json);
void place_write_reply(const struct place *place, struct json *json);
/* The same with a quote of that message; NULL: none. */
void place_write_quote(const struct place *place, struct ctx *ctx, const char *quote,
		       struct json *json);

#endif
