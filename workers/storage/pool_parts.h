/* pool_parts.h - the private header of pool_*.c: what fills the table of pool_storage.h. */
#ifndef WORKERS_STORAGE_POOL_PARTS_H
#define WORKERS_STORAGE_POOL_PARTS_H

#include <inttypes.h>
#include <stdio.h>

#include "common/database/hash.h"
#include "workers/storage/database.h"
#include "workers/storage/pool_redis.h"
#include "workers/storage/storage.h"

struct pool_storage {
	struct database *database;
	struct pool_redis *redis;
	struct hash_keys *keys;
	const char *privacy_key;
};

/* --- statements --- */

struct pool_number {
	char text[24];
};

static inline struct pool_number pool_number(int64_t number)
{
	struct pool_number out;

	snprintf(out.text, sizeof(out.text), "%" PRId64, number);
	return out;
}

/* The column `scope`. */
const char *pool_scope(enum scope scope);
/* For statements without a result. */
bool pool_execute(struct pool_storage *pool_storage, const char *sql,
		  const struct postgres_value *values, int count, struct why *why);
/* Tells the other pools that something of this id has changed. */
void pool_announce(struct pool_storage *pool_storage, int64_t id);

/* --- pool_values.c --- */

bool pool_load(void *owner, struct holder holder, struct buffer *out, struct why *why);
bool pool_entry(void *owner, struct holder holder, const char *module, const char *key,
		struct buffer *out, struct why *why);
bool pool_entries(void *owner, struct holder holder, const char *module, const char *prefix,
		  struct buffer *out, struct why *why);
bool pool_save(void *owner, const struct mark *mark, struct holder holder, const char *module,
	       const char *key, const char *value, struct why *why);
bool pool_marks(void *owner, const struct mark *turn, struct buffer *out, struct why *why);
bool pool_migrate(void *owner, int64_t from, int64_t to, struct why *why);
bool pool_list_owners(void *owner, int64_t after, struct buffer *out, struct why *why);
void pool_follow(void *owner, struct settings_cache *settings_cache);

/* --- pool_briefs.c --- */

bool pool_brief_set(void *owner, const struct mark *mark, const struct brief_key *key,
		    const char *value, int64_t seconds);
bool pool_brief_find(void *owner, const struct brief_key *key, struct buffer *out);
enum before pool_brief_before(void *owner, const struct mark *mark, const struct brief_key *key,
			      struct buffer *out);
bool pool_brief_claim(void *owner, const struct mark *mark, const struct brief_key *key,
		      int64_t seconds);

/* --- pool_fetched.c --- */

bool pool_fetched_find(void *owner, struct text asked, struct buffer *out);
void pool_fetched_keep(void *owner, struct text asked, struct text answer, int64_t seconds);

#endif
