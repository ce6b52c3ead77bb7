/* settings_cache.h - the settings of chats and people as the processes of a pool last read them
 * from the database, in memory that they share, so that an update costs no round trip.
 *
 * There are no locks, since a process that holds one may be killed. An entry carries a checksum
 * over all of itself: one that is half written or corrupted counts as missing.
 *
 * Versions: ids are hashed into buckets, and each bucket has a version that grows with every change
 * to one of its ids. A reader notes the version before it asks the database, and its entry is valid
 * only while the version is the same: what was read before a change can never be published after
 * it. Changes by other pools are learned from the tokens of the buckets in Redis (pool_redis.h),
 * which are checked every SETTINGS_CACHE_FOLLOW_MS while settings are read: a change reaches all
 * pools within that time, or within SETTINGS_CACHE_ALONE_MS while Redis is away. */
#ifndef WORKERS_STORAGE_SETTINGS_CACHE_H
#define WORKERS_STORAGE_SETTINGS_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "workers/api/stores.h"

#define SETTINGS_CACHE_BUCKETS 1024u
#define SETTINGS_CACHE_FOLLOW_MS 2000u
#define SETTINGS_CACHE_KEPT_MS 600000u /* changes made by hand in the database show after that */
#define SETTINGS_CACHE_ALONE_MS 60000u
#define SETTINGS_CACHE_ENTRY_MAX (15u << 10) /* larger ones are never cached */

struct settings_cache;

/* Call it before the processes that share it are forked; starts empty. */
struct settings_cache *settings_cache_create(void);
void settings_cache_destroy(struct settings_cache *settings_cache);

unsigned settings_cache_bucket(int64_t id);
/* The version of the id's bucket: take it before asking the database. */
uint64_t settings_cache_version(const struct settings_cache *settings_cache, int64_t id);
uint64_t settings_cache_bucket_version(const struct settings_cache *settings_cache,
				       unsigned bucket);
/* Appends a copy to `out`; false when there is no valid entry. */
bool settings_cache_find(const struct settings_cache *settings_cache, struct holder holder,
			 struct buffer *out);
void settings_cache_put(struct settings_cache *settings_cache, struct holder holder,
			uint64_t version, const void *data, size_t size);
/* Invalidates the entries of all ids of the bucket. */
void settings_cache_change(struct settings_cache *settings_cache, unsigned bucket);

/* True for one process in each period: it should check the tokens. */
bool settings_cache_follow_is_due(struct settings_cache *settings_cache);
/* Whether the token of all buckets differs from the last one that was followed. */
bool settings_cache_differ(const struct settings_cache *settings_cache, uint64_t all);
/* The current tokens of all buckets (0: none); invalidates the buckets whose token is new. */
void settings_cache_follow(struct settings_cache *settings_cache, uint64_t all,
			   const uint64_t tokens[SETTINGS_CACHE_BUCKETS]);
/* The tokens could be read just now. */
void settings_cache_note_followed(struct settings_cache *settings_cache);
/* Whether the tokens could be read recently. */
bool settings_cache_is_followed(const struct settings_cache *settings_cache);
/* Whether an entry read at that time (boot clock) may still be valid, if its bucket did not
 * change. */
bool settings_cache_is_fresh(const struct settings_cache *settings_cache, uint64_t read_ms);

#endif
