/* settings_cache.h - the settings of chats and people, as the processes of a pool last read them
 * from the database: in memory that they share, so that an update costs no trip to a store.
 *
 * Nobody locks anything, for whoever holds a lock may be killed. A snapshot carries a checksum over
 * all of itself: one that was half written, or that somebody scribbled over, is not there.
 *
 * Versions: ids fall into buckets, and each bucket has a number that grows with every change to one
 * of its ids. A reader notes the number before it asks the database, and its snapshot counts only
 * as long as the number is the same: what was read before a change can never be published after it.
 * Changes of other pools are learned from the tokens of the buckets, which lie in Redis (values.h);
 * they are looked at every SETTINGS_CACHE_FOLLOW_MS when somebody reads, so that much later at most
 * a change counts in all pools. While Redis is away it is SETTINGS_CACHE_ALONE_MS. */
#ifndef WORKERS_STORAGE_SETTINGS_CACHE_H
#define WORKERS_STORAGE_SETTINGS_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

#define SETTINGS_CACHE_BUCKETS 1024u
#define SETTINGS_CACHE_FOLLOW_MS 2000u
#define SETTINGS_CACHE_KEPT_MS 600000u /* changes by hand, past all programs, show after that */
#define SETTINGS_CACHE_ALONE_MS 60000u
#define SETTINGS_CACHE_ENTRY_MAX                                        \
	(15u << 10) /* larger ones are read from the database each time \
		     */

/* Whose settings; the column `scope` of the table. */
enum holder_scope { HOLDER_USER, HOLDER_CHAT };

struct holder {
	enum holder_scope scope;
	int64_t id;
};

struct settings_cache;

/* Made before the processes that share it are forked; starts out empty. */
struct settings_cache *settings_cache_create(void);
void settings_cache_destroy(struct settings_cache *settings_cache);

unsigned settings_cache_bucket(int64_t id);
/* The bucket's number: to be taken before the database is asked. */
uint64_t settings_cache_version(const struct settings_cache *settings_cache, int64_t id);
uint64_t settings_cache_bucket_version(const struct settings_cache *settings_cache,
				       unsigned bucket);
/* Appends a copy to `out`; false when there is none that counts. */
bool settings_cache_find(const struct settings_cache *settings_cache, struct holder holder,
			 struct buffer *out);
void settings_cache_put(struct settings_cache *settings_cache, struct holder holder,
			uint64_t version, const void *data, size_t size);
/* What is known of all ids of the bucket no longer counts. */
void settings_cache_change(struct settings_cache *settings_cache, unsigned bucket);

/* True for one process in each period: it is to look at the tokens. */
bool settings_cache_follow_is_due(struct settings_cache *settings_cache);
/* Whether the token of all changes is another one than the last that was followed. */
bool settings_cache_differ(const struct settings_cache *settings_cache, uint64_t all);
/* The tokens of all buckets as they are now (0: none); those that are new are changed. */
void settings_cache_follow(struct settings_cache *settings_cache, uint64_t all,
			   const uint64_t tokens[SETTINGS_CACHE_BUCKETS]);
/* The tokens could be read. */
void settings_cache_note_followed(struct settings_cache *settings_cache);
/* Whether they could be lately. */
bool settings_cache_is_followed(const struct settings_cache *settings_cache);
/* Whether what was read then (boot clock) may still count, if its bucket did not change. */
bool settings_cache_is_fresh(const struct settings_cache *settings_cache, uint64_t read_ms);

#endif
