/* pool_redis.h - a child's connection to Redis: short-lived values, and the tokens by which pools
 * learn of each other's changes to settings. Only pool_redis.c includes hiredis.h.
 *
 * Names are keyed hashes, so that Redis knows neither chats nor people. A child connects at first
 * use; while Redis is away each call fails at once, except one attempt a second. */
#ifndef WORKERS_STORAGE_POOL_REDIS_H
#define WORKERS_STORAGE_POOL_REDIS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/why.h"
#include "workers/storage/settings_cache.h"

#define REDIS_NAME_SIZE 64

struct pool_redis;

/* Connects to nothing yet. */
struct pool_redis *pool_redis_create(const char *url, struct why *why);
void pool_redis_destroy(struct pool_redis *redis);
void pool_redis_close(struct pool_redis *redis);

/* The mark of a write (storage.h): a field of the hash `marks`, which lives for MARK_SECONDS, and
 * what was there before under `before`, for no longer than it would have lived. */
struct redis_mark {
	const char *marks, *field, *before;
};

/* Sets or removes (NULL) a value and makes the mark, in one step, unless the mark is there. True,
 * too, when it was; false while Redis is away. */
bool pool_redis_set(struct pool_redis *redis, const char *key, const char *value, int64_t seconds,
		    const struct redis_mark *mark);
bool pool_redis_set_bytes(struct pool_redis *redis, const char *key, const void *bytes, size_t size,
			  int64_t seconds);
bool pool_redis_find(struct pool_redis *redis, const char *key, struct buffer *out);
bool pool_redis_has_mark(struct pool_redis *redis, const struct redis_mark *mark);
/* 1: it was free, or had this claim already; 0: it has another; -1: Redis is away. */
int pool_redis_claim(struct pool_redis *redis, const char *key, const char *claim, int64_t seconds);
/* A member of a set of moments. */
struct redis_recent {
	char set[REDIS_NAME_SIZE], member[REDIS_NAME_SIZE];
};
/* Adds each member to its set, unless it is there, and tells how many the set had then less than
 * `window_s` away, at most COUNT_RECENT_MAX: of a member that is there, what it told before. One
 * command for at most COUNT_RECENT_KEYS. 0 each while Redis is away. */
void pool_redis_count_recent(struct pool_redis *redis, const struct redis_recent *recents,
			     size_t count, int64_t now_s, int64_t window_s, int64_t *out);
/* A set of numbers, which lives for that long after one was added; and all numbers of up to
 * REDIS_SETS_MAX sets, appended as int64_t. False while Redis is away. */
#define REDIS_SETS_MAX 16
bool pool_redis_add_number(struct pool_redis *redis, const char *set, int64_t number,
			   int64_t seconds);
bool pool_redis_numbers(struct pool_redis *redis, const char *const *sets, size_t count,
			struct buffer *out);
/* Milliseconds until the next turn, of which a second has `per_second`, and takes it; -1: that
 * would be over `wait_max_ms`. 0 while Redis is away. */
int64_t pool_redis_take_turn(struct pool_redis *redis, const char *key, unsigned per_second,
			     int64_t wait_max_ms);
/* Keys in this database; -1 when Redis is away. */
int64_t pool_redis_count_keys(struct pool_redis *redis);

/* Gives the buckets of ids (settings_cache.h) for which it is true a new token. */
bool pool_redis_announce(struct pool_redis *redis, const bool buckets[SETTINGS_CACHE_BUCKETS]);
/* Reads the tokens and has the settings cache follow them. */
void pool_redis_follow(struct pool_redis *redis, struct settings_cache *settings_cache);

#endif
