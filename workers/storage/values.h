/* values.h - short-lived values in Redis, and the tokens by which pools learn of each other's
 * changes to settings. The only file of the workers that includes hiredis.h is values.c.
 *
 * Names are keyed hashes, so that Redis knows neither chats nor people. A child connects at first
 * use; while Redis is away each call fails at once but for one try a second. */
#ifndef WORKERS_STORAGE_VALUES_H
#define WORKERS_STORAGE_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/why.h"
#include "workers/storage/settings_cache.h"

#define VALUES_KEY_SIZE 64

struct values;

/* Connects to nothing yet. */
struct values *values_create(const char *url, struct why *why);
void values_destroy(struct values *values);
void values_close(struct values *values);

bool values_set(struct values *values, const char *key, const char *value, int64_t seconds);
bool values_find(struct values *values, const char *key, struct buffer *out);
bool values_remove(struct values *values, const char *key);
/* 1: it was free and is claimed; 0: it is taken; -1: Redis is away. */
int values_claim(struct values *values, const char *key, int64_t seconds);
/* Keys in this database; -1 when Redis is away. */
int64_t values_count_keys(struct values *values);

/* Gives a bucket of ids (settings_cache.h) a new token. */
bool values_announce(struct values *values, unsigned bucket);
/* Has the settings cache follow the tokens. */
void values_follow(struct values *values, struct settings_cache *settings_cache);

#endif
