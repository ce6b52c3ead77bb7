/* option_copy.h - all options of a chat at once: what is chosen there, and other chats made like
 * it. */
#ifndef WORKERS_HOST_OPTION_COPY_H
#define WORKERS_HOST_OPTION_COPY_H

#include "workers/host/options.h"

/* Who follows: a setting of the chat that does, an entry of the one that is followed. */
#define FOLLOW_MODULE "settings"
#define FOLLOWS_KEY "follows" /* the id of the other chat */
#define FOLLOWER_ENTRY "follower/%" PRId64
#define FOLLOWERS_MAX 20

struct option_list {
	struct option_write *writes; /* of the arena */
	size_t count, capacity;
};

void option_list_add(struct ctx *ctx, struct option_list *list, const struct option_write *write);
/* What is chosen in a chat, with its kept texts, of all modules. */
MUST_CHECK bool options_collect(struct ctx *ctx, struct holder holder, struct option_list *out,
				struct why *why);
/* Adds to `out` what makes `to` have just those options: what differs. */
MUST_CHECK bool options_make_like(struct ctx *ctx, const struct option_list *from, struct holder to,
				  struct option_list *out, struct why *why);
/* Adds the same writes for the chats that follow one of those that are written. */
MUST_CHECK bool options_add_followers(struct ctx *ctx, struct option_list *list, struct why *why);
/* Why nothing is chosen in a chat that follows another; NULL: it does not. */
const char *options_following(struct ctx *ctx, struct holder holder);
/* A group with that id became the supergroup of the update, and its settings have moved: tells who
 * follows or is followed, and
 * `.changed`. */
void options_migrated(struct ctx *ctx, int64_t old);

#endif
