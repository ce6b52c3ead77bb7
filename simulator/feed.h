/* feed.h - puts updates into the bot's queue: which kinds it wants, how long each lives, whom it is
 * about.
 */
#ifndef SIMULATOR_FEED_H
#define SIMULATOR_FEED_H

#include <stddef.h>
#include <stdint.h>

#include "common/kind.h"
#include "simulator/world.h"

struct sim;

typedef void feed_fn(struct sim *sim);

struct feed {
	uint32_t allowed;   /* bit per enum update_kind */
	uint64_t skipped;   /* updates of kinds that the bot does not want */
	feed_fn *on_queued; /* there is a new update for the bot */
	feed_fn *on_taken;  /* the bot took updates */
};

struct feed *feed_create(feed_fn *on_queued, feed_fn *on_taken);
void feed_destroy(struct feed *feed);

/* All kinds but chat_member, message_reaction and message_reaction_count. */
uint32_t feed_default_kinds(void);
/* The mask for an allowed_updates parameter: 0 when it is missing or malformed (nothing changes),
 * the default when it is empty or names no known kind. */
uint32_t feed_parse_kinds(const char *json);

/* What an update is about; its `json` is the object of the kind, written by compose.h. */
struct new_update {
	enum update_kind kind;
	struct person *actor;     /* NULL: no one who may be recorded */
	struct person *actor_too; /* who joined, if not `actor` */
	struct chat *chat;        /* NULL: none */
	int64_t ping;             /* -1: none */
};

/* The update id; 0 when the bot does not want the kind or the queue is full. */
int32_t feed_update(struct sim *sim, const struct new_update *update, const void *json,
		    size_t size);
/* The bot asked for updates or took one: there may be room for more. */
void feed_note_taken(struct sim *sim);
/* Any text in place of `"kind":{…}`, for malformed updates. */
int32_t feed_raw(struct sim *sim, const void *json, size_t size);

#endif
