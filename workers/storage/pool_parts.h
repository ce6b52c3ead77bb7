/* pool_parts.h - the private header of pool_*.c: what fills the table of pool_storage.h. */
#ifndef WORKERS_STORAGE_POOL_PARTS_H
#define WORKERS_STORAGE_POOL_PARTS_H

#include <inttypes.h>
#include <stdio.h>

#include "common/database/hash.h"
#include "common/database/id_cipher.h"
#include "workers/storage/database.h"
#include "workers/storage/pool_redis.h"
#include "workers/storage/storage.h"

struct pool_storage {
	struct database *database;
	struct pool_redis *redis;
	struct hash_keys *keys;
	struct id_cipher *id_cipher;
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

/* A bytea parameter, as text: "\\x" and hex. */
struct pool_bytes {
	char text[2 * ID_HASH_SIZE + 3];
};

/* The keyed hash of an id, as in objections; the enciphered id, as in facts. */
struct pool_bytes pool_hash(const struct pool_storage *pool_storage, int64_t id);
struct pool_bytes pool_person(const struct pool_storage *pool_storage, int64_t id);

/* The column `scope`. */
const char *pool_scope(enum scope scope);
/* For statements without a result. */
bool pool_execute(struct pool_storage *pool_storage, const char *sql,
		  const struct postgres_value *values, int count, struct why *why);
/* Tells the other pools that something of this id has changed. */
void pool_announce(struct pool_storage *pool_storage, int64_t id);
/* The same for the ids of all buckets (settings_cache.h) for which it is true. */
void pool_announce_buckets(struct pool_storage *pool_storage,
			   const bool buckets[SETTINGS_CACHE_BUCKETS]);

/* --- pool_values.c --- */

bool pool_load(void *owner, struct holder holder, struct buffer *out, struct why *why);
bool pool_entry(void *owner, struct holder holder, const char *module, const char *key,
		struct buffer *out, struct why *why);
bool pool_entries(void *owner, struct holder holder, const char *module, const char *prefix,
		  struct buffer *out, struct why *why);
bool pool_save(void *owner, const struct stored_write *writes, size_t count, struct why *why);
bool pool_marks(void *owner, const struct mark *turn, struct buffer *out, struct why *why);
bool pool_migrate(void *owner, int64_t from, int64_t to, struct why *why);
bool pool_list_owners(void *owner, int64_t after, struct buffer *out, struct why *why);
void pool_follow(void *owner, struct settings_cache *settings_cache);

/* --- pool_facts.c --- */

bool pool_fact_write(void *owner, const struct mark *mark, const struct fact_key *key,
		     const struct fact_write *write, struct fact_state *before, struct why *why);
bool pool_fact_write_many(void *owner, const struct fact_key *key, const struct fact_write *write,
			  struct fact_one *ones, size_t count, struct why *why);
bool pool_fact_count(void *owner, const struct fact_key *key, int64_t now_s, int64_t *out,
		     struct why *why);
bool pool_fact_find(void *owner, const struct fact_key *key, int64_t now_s, struct fact_state *out,
		    struct why *why);
bool pool_facts(void *owner, const struct fact_key *key, int64_t now_s, struct buffer *out,
		struct why *why);
bool pool_fact_ids(void *owner, struct buffer *cursor, struct buffer *out, struct why *why);
/* Appends the key of a mark as the host knows it: of a fact with the person's id in place of the
 * enciphered one. False: it is about somebody whom this key cannot tell. */
bool pool_fact_mark(const struct pool_storage *pool_storage, const char *module, const char *key,
		    struct buffer *out);

/* --- pool_jobs.c --- */

bool pool_job_start(void *owner, const struct mark *turn, const char *module, const char *slug,
		    int64_t *id, struct why *why);
bool pool_job_begin(void *owner, int64_t id, int32_t step, int64_t cursor, const char *counts,
		    struct arena *arena, struct job_row *out, struct why *why);
bool pool_job_set(void *owner, int64_t id, const char *module, enum job_state state,
		  const char *trouble, bool *found, struct why *why);
bool pool_job_find(void *owner, int64_t id, const char *module, struct job_row *out,
		   struct why *why);
bool pool_job_remove(void *owner, int64_t id, struct why *why);
bool pool_ids(void *owner, const struct ids_query *query, int64_t after, int64_t *out, size_t max,
	      size_t *count, struct why *why);
bool pool_count_ids(void *owner, const struct ids_query *query, int64_t *out, struct why *why);

/* --- pool_briefs.c --- */

bool pool_brief_set(void *owner, const struct mark *mark, const struct brief_key *key,
		    const char *value, int64_t seconds);
bool pool_brief_find(void *owner, const struct brief_key *key, struct buffer *out);
enum before pool_brief_before(void *owner, const struct mark *mark, const struct brief_key *key,
			      struct buffer *out);
bool pool_brief_claim(void *owner, const struct mark *mark, const struct brief_key *key,
		      int64_t seconds);
int64_t pool_fetch_turn(void *owner, const char *host, unsigned per_second, int64_t wait_max_ms);
void pool_count_recent(void *owner, const struct recent_key *keys, size_t count, int64_t now_s,
		       int64_t window_s, int64_t *out);
bool pool_number_add(void *owner, const struct brief_key *key, int64_t number, int64_t seconds);
bool pool_numbers(void *owner, const struct brief_key *keys, size_t count, struct buffer *out);

/* --- pool_fetched.c --- */

bool pool_fetched_find(void *owner, struct text asked, struct buffer *out);
void pool_fetched_keep(void *owner, struct text asked, struct text answer, int64_t seconds);

#endif
