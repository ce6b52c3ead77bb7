/* settings_presence.h - whose settings there are any of: a filter (Bloom 1970) of ids in memory
 * that a pool shares, so that the many chats in which nobody ever chose anything cost no trip to
 * the database. It may take an id for one that has settings, never the other way round.
 *
 * It is read from the database in parts, by whichever process of the pool comes to it, and anew
 * after a while. A build counts for an id as long as a snapshot would that was read when the build
 * began: until its bucket changes (settings_cache.h), and no longer than SETTINGS_CACHE_KEPT_MS.
 *
 * Nobody locks anything, for whoever holds a lock may be killed. Each word of the filter says of
 * which build it is, and counts for that one only; a newer word is not overwritten, so that a
 * process that stood still for a few builds does no harm. What somebody scribbled over is nothing
 * that is known. */
#ifndef WORKERS_STORAGE_SETTINGS_PRESENCE_H
#define WORKERS_STORAGE_SETTINGS_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/storage/settings_cache.h"

#define PRESENCE_PART 5000u        /* ids read at a time */
#define PRESENCE_PART_MS 200u      /* from one part to the next */
#define PRESENCE_PATIENCE_MS 2000u /* then another process begins anew */
#define PRESENCE_REBUILD_MS                                                           \
	30000u /* once something changed; without a change SETTINGS_CACHE_KEPT_MS / 2 \
		*/

struct settings_presence;

/* Made before the processes that share it are forked; knows nothing at first. */
struct settings_presence *settings_presence_create(void);
void settings_presence_destroy(struct settings_presence *settings_presence);

/* False: nothing is stored for this id. */
bool settings_presence_may_have(const struct settings_presence *settings_presence,
				const struct settings_cache *settings_cache, int64_t id);

/* A build that this process is at; zeroed: none. */
struct settings_presence_build {
	uint64_t number;
	uint64_t began_ms, at_ms; /* boot clock; when the last part was read */
	int64_t after;            /* ids up to here are in it */
	uint64_t versions[SETTINGS_CACHE_BUCKETS];
};

/* True when this process is to read the ids after build->after now, ascending, up to PRESENCE_PART
 * of them. */
bool settings_presence_is_due(struct settings_presence *settings_presence,
			      const struct settings_cache *settings_cache,
			      struct settings_presence_build *build);
/* The part that was read; with fewer than PRESENCE_PART ids it is the last. */
void settings_presence_add(struct settings_presence *settings_presence,
			   struct settings_presence_build *build, const int64_t *ids, size_t count);

#endif
