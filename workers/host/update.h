/* update.h - an update as the host reads it: in place, first only what routing needs, the rest when
 * a handler is about to get it. Anything may be missing; a field of the wrong type counts as
 * missing. */
#ifndef WORKERS_HOST_UPDATE_H
#define WORKERS_HOST_UPDATE_H

#include "common/arena.h"
#include "common/kind.h"
#include "common/pack.h"
#include "workers/module.h"

/* The parts of a Bot API "Message" that are read. Texts and cursors borrow from the update. */
struct message_view {
	int64_t message_id; /* 0 for messages that only one person sees */
	int64_t thread_id;
	bool in_topic;
	int64_t date;                     /* UTC seconds */
	int64_t migrate_to, migrate_from; /* ids of groups; 0: none */
	struct text text, caption;
	struct cursor chat, from, replied;
	int64_t ephemeral_id;       /* of a message that only one person sees; 0: none */
	struct cursor direct_topic; /* of a channel's direct messages */
	struct text business_connection;
	struct cursor sender_chat; /* in whose name it was written */
	/* any of these: the person in "from" did not write it here */
	struct cursor forward_origin, via_bot, business_bot;
	int64_t forward_date;   /* of Bot API servers before 7.0 */
	struct cursor entities; /* of the text, or of the caption */
};

struct update {
	enum update_kind kind;
	int64_t update_id;
	struct cursor body; /* the field of the update's kind */
	/* for kinds that are messages; also the one with the pressed button */
	struct message_view message;
	/* other kinds */
	struct cursor chat, from, user, member_before, member_after, reaction_before,
		reaction_after;
	struct cursor pressed; /* the message with the pressed button */
	int64_t message_id, user_chat_id;
	int64_t direct_topic; /* 0: see the message */
	struct text query_id, data, business_connection, inline_message_id;
};

/* Borrows from the bytes. */
void update_read(const void *data, size_t size, enum update_kind kind, struct update *out);

/* Where it happened and who did it, for any kind; NULL when the update does not say. */
const struct chat *update_find_chat(const struct update *update, struct arena *arena);
const struct user *update_find_user(const struct update *update, struct arena *arena);
/* Whether whoever sent the message wrote it: it was neither forwarded nor made by another bot. True
 * for kinds that are no message. */
bool update_is_written(const struct update *update);
/* When it happened, UTC seconds; 0: the update does not say. */
int64_t update_time(const struct update *update);
/* The forum topic of the message; 0: none. */
int64_t update_topic(const struct update *update);
/* The topic of a channel's direct messages; 0: none. */
int64_t update_direct_topic(const struct update *update);
/* The connection by which a message to a business account came; nil: none. */
struct text update_business_connection(const struct update *update);

/* How many bytes at the start of the text Telegram took for a command (Bot API "MessageEntity",
 * bot_command); 0: none. */
size_t update_command_length(const struct update *update);

/* The user of a mention by name (without a username): the entity at this offset, with its length,
 * both in UTF-16 units. NULL when there is none. */
const struct user *update_find_mention(const struct update *update, size_t offset, size_t *length,
				       struct arena *arena);

/* The link of the last entity of the message that is replied to, if the bot wrote it. */
struct text update_find_hidden_link(const struct update *update, int64_t bot_id,
				    struct arena *arena);

/* Whether the kind's field is a Bot API "Message". */
bool kind_is_message(enum update_kind kind);
bool update_is_message(const struct update *update);
void message_view_read(struct cursor map, struct message_view *out);
/* NULL when nobody is named. */
const struct user *message_view_author(const struct message_view *view, struct arena *arena);

/* Up to a NUL, if there is one: texts of modules end with it. */
const char *text_copy(struct text text, struct arena *arena);
/* NULL for what is not a map with an id (and, for a chat, a known type). */
const struct user *user_read(struct cursor map, struct arena *arena);
const struct chat *chat_read(struct cursor map, struct arena *arena);
/* "private", "group", …; false for others. */
MUST_CHECK bool chat_type_read(struct text word, enum chat_type *out);

/* False when the status before or after is unknown. */
bool update_read_members(const struct update *update, struct arena *arena,
			 struct member_change *out);
/* The first emoji in a list of reactions. */
const char *reaction_read(struct cursor list, struct arena *arena);

#endif
