/* update.h - an update as the host reads it: in place, only what routing needs, and the rest when
 * a handler is about to get it. Anything may be missing or of a wrong type: it then is not there.
 */
#ifndef WORKERS_HOST_UPDATE_H
#define WORKERS_HOST_UPDATE_H

#include "common/arena.h"
#include "common/kind.h"
#include "common/pack.h"
#include "workers/module.h"

/* What is read of a Bot API "Message". Texts and cursors borrow from the update. */
struct message_view {
	int64_t message_id; /* 0 for messages that only one person sees */
	int64_t thread_id;
	bool in_topic;
	int64_t date;                     /* UTC seconds */
	int64_t migrate_to, migrate_from; /* ids of groups; 0: none */
	struct text text, caption;
	struct cursor chat, from, replied;
	struct cursor entities; /* of the text, or of the caption */
};

struct update {
	enum update_kind kind;
	int64_t update_id;
	struct cursor body; /* the field of its kind */
	/* the message, for kinds that are one, and the one under a pressed button */
	struct message_view message;
	/* other kinds */
	struct cursor chat, from, user, member_before, member_after, reaction_before,
		reaction_after;
	struct cursor pressed; /* the message under a pressed button */
	int64_t message_id, user_chat_id;
	struct text query_id, data;
};

/* Borrows from the bytes. */
void update_read(const void *data, size_t size, enum update_kind kind, struct update *out);

/* Where it happened and who did it, whatever the kind; NULL when it does not say. */
const struct chat *update_find_chat(const struct update *update, struct arena *arena);
const struct user *update_find_user(const struct update *update, struct arena *arena);
const struct user *update_find_replied_user(const struct update *update, struct arena *arena);
/* The forum topic of the message; 0: none. */
int64_t update_topic(const struct update *update);

/* The user that a mention names who has no username: the entity at this offset (UTF-16 units);
 * `length` are its units. NULL when there is none. */
const struct user *update_find_mention(const struct update *update, size_t offset, size_t *length,
				       struct arena *arena);

/* The link of the last entity of the message that is replied to, if the bot wrote that. */
struct text update_find_hidden_link(const struct update *update, int64_t bot_id,
				    struct arena *arena);

/* NULL for what is not a map with an id (and, for a chat, a known type). */
const struct user *user_read(struct cursor map, struct arena *arena);
const struct chat *chat_read(struct cursor map, struct arena *arena);

/* False when a side says nothing that we know. */
bool update_read_members(const struct update *update, struct arena *arena,
			 struct member_change *out);
/* The first emoji of a list of reactions. */
const char *reaction_read(struct cursor list, struct arena *arena);

#endif
