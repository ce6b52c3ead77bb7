/* settings_presence.h - which ids have any settings, or which people any facts: a filter (Bloom
 * 1970) in memory that a pool shares, so that the many chats in which nobody ever chose anything
 * cost no query. It may take an id for one that has settings, never the other way round.
 *
 * It is read from the database in parts, by whichever process of the pool comes to it, and anew
 * after a while. A build counts for an id as long as a snapshot would that was read when the build
 * began: until its bucket changes (settings_cache.h), and no longer than SETTINGS_CACHE_KEPT_MS.
 *
 * The last build that was finished counts while the next one is made, in other words.
 *
 * There are no locks, since a process that holds one may be killed. Each word of the filter names
 * its build and counts for that one only; a newer word is not overwritten, so that a process that
 * was suspended for a few builds does no harm. A corrupted word tells nothing. */
#ifndef WORKERS_STORAGE_SETTINGS_PRESENCE_H
#define WORKERS_STORAGE_SETTINGS_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workers/storage/settings_cache.h"

#define PRESENCE_PART 5000u        /* ids read at once */
#define PRESENCE_PART_MS 200u      /* from one part to the next */
#define PRESENCE_PATIENCE_MS 2000u /* then another process restarts the build */
#define PRESENCE_REBUILD_MS 30000u /* after a change; else SETTINGS_CACHE_KEPT_MS / 2 */

struct settings_presence;

#define PRESENCE_WORDS (UINT64_C(1) << 13)      /* 128 KiB, of chats and people */
#define PRESENCE_FACT_WORDS (UINT64_C(1) << 17) /* 2 MiB, of people and kinds */

/* Call it before the processes that share it are forked; knows nothing at first. `words` is a power
 * of two: as many ids are told apart well, eight times as many badly. */
struct settings_presence *settings_presence_create(uint64_t words);
void settings_presence_destroy(struct settings_presence *settings_presence);
/* What is shared, for tests. */
void *settings_presence_memory(struct settings_presence *settings_presence);

/* False: nothing is stored for this id. */
bool settings_presence_may_have(const struct settings_presence *settings_presence,
				const struct settings_cache *settings_cache, int64_t id);

/* The build that this process works on; zeroed: none. */
struct settings_presence_build {
	uint64_t number;
	uint64_t began_ms, at_ms; /* boot clock; at_ms: when the last part was read */
	int64_t after;            /* ids up to here are in it, if they ascend */
	uint64_t parts;           /* so many are in it */
	uint64_t versions[SETTINGS_CACHE_BUCKETS];
};

/* True when this process should now read up to PRESENCE_PART ids after build->after, ascending, or
 * those after so many parts. */
bool settings_presence_is_due(struct settings_presence *settings_presence,
			      const struct settings_cache *settings_cache,
			      struct settings_presence_build *build);
/* Adds the part that was read; with fewer than PRESENCE_PART ids it is the last. */
void settings_presence_add(struct settings_presence *settings_presence,
			   struct settings_presence_build *build, const int64_t *ids, size_t count);

#endif
