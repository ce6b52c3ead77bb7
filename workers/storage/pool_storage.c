/* pool_storage.c - the functions of storage.h over database.h and pool_redis.h. Every statement may
 * be repeated. */
#include "workers/storage/pool_storage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/database/hash.h"
#include "common/log.h"
#include "common/trace.h"
#include "common/xalloc.h"
#include "workers/storage/database.h"
#include "workers/storage/pool_redis.h"
#include "workers/storage/seal.h"

#define LOG_SUBSYSTEM "storage"

struct pool_storage {
	struct database *database;
	struct pool_redis *redis;
	struct hash_keys *keys;
	const char *privacy_key;
};

struct pool_storage *pool_storage_create(const struct settings *settings, struct why *why)
{
	struct pool_storage *pool_storage = xcalloc(1, sizeof(*pool_storage));

	pool_storage->privacy_key = settings->privacy_key;
	pool_storage->keys = hash_keys_create(settings->privacy_key);
	pool_storage->database = database_create(settings->database_url, why);
	if (pool_storage->database)
		pool_storage->redis = pool_redis_create(settings->redis_url, why);
	if (pool_storage->redis)
		return pool_storage;
	pool_storage_destroy(pool_storage);
	return NULL;
}

void pool_storage_destroy(struct pool_storage *pool_storage)
{
	if (!pool_storage)
		return;
	database_destroy(pool_storage->database);
	pool_redis_destroy(pool_storage->redis);
	hash_keys_destroy(pool_storage->keys);
	free(pool_storage);
}

static void add_file(void *owner, const char *path)
{
	landlock_add(owner, path, LANDLOCK_READ);
}

void pool_storage_list_files(const struct settings *settings, struct landlock_paths *out)
{
	postgres_list_files(settings->database_url, add_file, out);
	out->has_abstract_sockets |= postgres_is_abstract(settings->database_url);
}

/* --- statements ------------------------------------------------------------------------------- */

struct number {
	char text[24];
};

static struct number number_text(int64_t number)
{
	struct number out;

	snprintf(out.text, sizeof(out.text), "%" PRId64, number);
	return out;
}

static const char *scope_text(enum holder_scope scope)
{
	switch (scope) {
	case HOLDER_USER:
		return "user";
	case HOLDER_CHAT:
		return "chat";
	}
	return "";
}

/* For statements without a result. */
static bool execute(struct pool_storage *pool_storage, const char *sql,
		    const struct postgres_value *values, int count, struct why *why)
{
	struct postgres_result *result = database_query(pool_storage->database, sql, values, count,
							why);

	postgres_result_free(result);
	return result != NULL;
}

static int64_t integer_at(const struct postgres_result *result, int column)
{
	const char *text = postgres_field(result, 0, column);

	return text ? strtoll(text, NULL, 10) : -1;
}

/* --- settings --------------------------------------------------------------------------------- */

static bool load(void *owner, struct holder holder, struct buffer *out, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	struct number id = number_text(holder.id);
	const struct postgres_value values[] = { postgres_text(id.text),
						 postgres_text(scope_text(holder.scope)) };
	struct postgres_result *result = database_query(
		pool_storage->database,
		"SELECT module, key, value #>> '{}' FROM settings "
		"WHERE id = $1 AND scope = $2",
		values, 2, why);

	if (!result)
		return false;
	for (int row = 0; row < postgres_rows(result); row++)
		for (int column = 0; column < 3; column++) {
			const char *text = postgres_field(result, row, column);

			text = text ? text : "";
			buffer_append(out, text, strlen(text) + 1);
		}
	postgres_result_free(result);
	return true;
}

static bool list_settings_owners(void *owner, int64_t after, struct buffer *out, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	struct number last = number_text(after), limit = number_text(PRESENCE_PART);
	const struct postgres_value values[] = { postgres_text(last.text),
						 postgres_text(limit.text) };
	struct postgres_result *result = database_query(
		pool_storage->database,
		"SELECT DISTINCT id FROM settings WHERE id > $1 ORDER BY id "
		"LIMIT $2",
		values, 2, why);

	if (!result)
		return false;
	for (int row = 0; row < postgres_rows(result); row++) {
		int64_t id = strtoll(postgres_field(result, row, 0), NULL, 10);

		buffer_append(out, &id, sizeof(id));
	}
	postgres_result_free(result);
	return true;
}

static void announce(struct pool_storage *pool_storage, int64_t id)
{
	if (!pool_redis_announce(pool_storage->redis, settings_cache_bucket(id)))
		log_warn("without Redis other pools learn of a changed setting with a delay",
			 log_unsigned("seconds", SETTINGS_CACHE_ALONE_MS / 1000));
}

static bool save(void *owner, struct holder holder, const char *module, const char *key,
		 const char *value, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	struct number id = number_text(holder.id);
	const struct postgres_value values[] = { postgres_text(scope_text(holder.scope)),
						 postgres_text(id.text), postgres_text(module),
						 postgres_text(key), postgres_text(value) };
	bool saved;

	if (value)
		saved = execute(pool_storage,
				"INSERT INTO settings AS s (scope, id, module, key, value) "
				"VALUES ($1, $2, $3, $4, to_jsonb($5::text)) "
				"ON CONFLICT (id, module, key, scope) DO UPDATE "
				"SET value = excluded.value WHERE s.value <> excluded.value",
				values, 5, why);
	else
		saved = execute(pool_storage,
				"DELETE FROM settings "
				"WHERE scope = $1 AND id = $2 AND module = $3 AND key = $4",
				values, 4, why);
	if (saved)
		announce(pool_storage, holder.id);
	return saved;
}

static bool migrate(void *owner, int64_t from, int64_t to, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	struct number old = number_text(from), new = number_text(to);
	const struct postgres_value values[] = { postgres_text(old.text), postgres_text(new.text) };

	if (!execute(pool_storage, "SELECT migrate_chat($1, $2)", values, 2, why))
		return false;
	announce(pool_storage, from);
	announce(pool_storage, to);
	return true;
}

static void follow(void *owner, struct settings_cache *settings_cache)
{
	struct pool_storage *pool_storage = owner;

	pool_redis_follow(pool_storage->redis, settings_cache);
}

/* --- short-lived values ----------------------------------------------------------------------- */

/* Two seals, 96 bits, so that names do not collide. */
static void name_value(const struct pool_storage *pool_storage, const struct ephemeral_key *key,
		       char out[REDIS_NAME_SIZE])
{
	char name[128], seals[2][SEAL_SIZE];
	int length = snprintf(name, sizeof(name), "%s/%s", key->module, key->name);
	size_t size = (size_t)length < sizeof(name) ? (size_t)length : sizeof(name) - 1;

	for (int i = 0; i < 2; i++)
		seal_make(pool_storage->privacy_key, SEAL_VALUE, key->chat_id, i, name, size,
			  seals[i]);
	snprintf(out, REDIS_NAME_SIZE, "korone:brief:%.*s%.*s", SEAL_SIZE, seals[0], SEAL_SIZE,
		 seals[1]);
}

static bool set_ephemeral(void *owner, const struct ephemeral_key *key, const char *value,
			  int64_t seconds)
{
	struct pool_storage *pool_storage = owner;
	char name[REDIS_NAME_SIZE];

	name_value(pool_storage, key, name);
	return pool_redis_set(pool_storage->redis, name, value, seconds);
}

static bool find_ephemeral(void *owner, const struct ephemeral_key *key, struct buffer *out)
{
	struct pool_storage *pool_storage = owner;
	char name[REDIS_NAME_SIZE];

	name_value(pool_storage, key, name);
	return pool_redis_find(pool_storage->redis, name, out);
}

static bool remove_ephemeral(void *owner, const struct ephemeral_key *key)
{
	struct pool_storage *pool_storage = owner;
	char name[REDIS_NAME_SIZE];

	name_value(pool_storage, key, name);
	return pool_redis_remove(pool_storage->redis, name);
}

static bool claim_ephemeral(void *owner, const struct ephemeral_key *key, int64_t seconds)
{
	struct pool_storage *pool_storage = owner;
	char name[REDIS_NAME_SIZE];

	name_value(pool_storage, key, name);
	return pool_redis_claim(pool_storage->redis, name, seconds) != 0;
}

/* --- people ----------------------------------------------------------------------------------- */

static const char *copy_field(const struct postgres_result *result, int column, struct arena *arena)
{
	const char *text = postgres_field(result, 0, column);

	return text ? arena_strdup(arena, text) : "";
}

static bool find_person(void *owner, const char *username, int64_t id, struct arena *arena,
			const struct recorded_person **out, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	struct number number = number_text(id);
	const struct postgres_value value = postgres_text(username ? username : number.text);
	const char *sql = username ? "SELECT id, first_name, last_name, username FROM users "
				     "WHERE lower(username) = lower($1) LIMIT 2"
				   : "SELECT id, first_name, last_name, username FROM users "
				     "WHERE id = $1";
	struct postgres_result *result = database_query(pool_storage->database, sql, &value, 1,
							why);
	struct recorded_person *person;

	*out = NULL;
	if (!result)
		return false;
	/* A username that moved may be recorded twice: then its owner is unknown. */
	if (postgres_rows(result) == 1) {
		person = arena_alloc(arena, sizeof(*person));
		person->id = integer_at(result, 0);
		person->first_name = copy_field(result, 1, arena);
		person->last_name = copy_field(result, 2, arena);
		person->username = copy_field(result, 3, arena);
		*out = person;
	}
	postgres_result_free(result);
	return true;
}

static bool export(void *owner, struct holder holder, struct buffer *out, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	struct number number = number_text(holder.id);
	const struct postgres_value value = postgres_text(number.text);
	const char *sql = holder.scope == HOLDER_USER ? "SELECT export_user($1)"
						      : "SELECT export_group($1)";
	struct postgres_result *result = database_query(pool_storage->database, sql, &value, 1,
							why);
	const char *json;

	if (!result)
		return false;
	json = postgres_rows(result) ? postgres_field(result, 0, 0) : NULL;
	buffer_append_text(out, json ? json : "{}");
	postgres_result_free(result);
	return true;
}

/* The hash of an id as a bytea parameter; the text lives as long as `hex`. */
static struct postgres_value hash_value(const struct pool_storage *pool_storage, int64_t id,
					char hex[2 * ID_HASH_SIZE + 3])
{
	uint8_t hash[ID_HASH_SIZE];

	hash_id(pool_storage->keys, id, hash);
	memcpy(hex, "\\x", 2);
	hex_encode(hash, sizeof(hash), hex + 2);
	return postgres_text(hex);
}

static bool has_objected(void *owner, struct holder holder, bool *out, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	char hex[2 * ID_HASH_SIZE + 3];
	const struct postgres_value value = hash_value(pool_storage, holder.id, hex);
	struct postgres_result *result = database_query(
		pool_storage->database, "SELECT 1 FROM objections WHERE hash = $1::bytea", &value,
		1, why);

	if (!result)
		return false;
	*out = postgres_rows(result) > 0;
	postgres_result_free(result);
	return true;
}

static bool forget(void *owner, struct holder holder, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	struct number number = number_text(holder.id);
	char hex[2 * ID_HASH_SIZE + 3];
	const struct postgres_value values[] = { postgres_text(number.text),
						 hash_value(pool_storage, holder.id, hex) };
	const char *sql = holder.scope == HOLDER_USER ? "SELECT forget_user($1, $2::bytea)"
						      : "SELECT forget_group($1, $2::bytea)";

	if (!execute(pool_storage, sql, values, 2, why))
		return false;
	announce(pool_storage, holder.id);
	return true;
}

static bool remember(void *owner, struct holder holder, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	char hex[2 * ID_HASH_SIZE + 3];
	const struct postgres_value value = hash_value(pool_storage, holder.id, hex);

	return execute(pool_storage, "SELECT remember_user($1::bytea)", &value, 1, why);
}

static bool count(void *owner, struct recorded_counts *out, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	struct postgres_result *result = database_query(
		pool_storage->database,
		"SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM groups), "
		"(SELECT count(*) FROM users WHERE registered_at > now() - interval '48 hours'), "
		"(SELECT count(*) FROM groups WHERE registered_at > now() - interval '48 hours'), "
		"pg_database_size(current_database())",
		NULL, 0, why);

	if (!result)
		return false;
	*out = (struct recorded_counts) { .people = integer_at(result, 0),
					  .groups = integer_at(result, 1),
					  .new_people = integer_at(result, 2),
					  .new_groups = integer_at(result, 3),
					  .database_bytes = integer_at(result, 4) };
	postgres_result_free(result);
	out->redis_keys = pool_redis_count_keys(pool_storage->redis);
	return true;
}

/* --- connections ------------------------------------------------------------------------------ */

static void rest(void *owner)
{
	struct pool_storage *pool_storage = owner;

	database_yield(pool_storage->database);
}

static void idle(void *owner)
{
	struct pool_storage *pool_storage = owner;

	database_close(pool_storage->database);
	pool_redis_close(pool_storage->redis);
}

const struct storage pool_storage_table = {
	.load = load,
	.save = save,
	.migrate = migrate,
	.ids_with_settings = list_settings_owners,
	.follow = follow,
	.ephemeral_set = set_ephemeral,
	.ephemeral_find = find_ephemeral,
	.ephemeral_remove = remove_ephemeral,
	.ephemeral_claim = claim_ephemeral,
	.find_person = find_person,
	.export = export,
	.has_objected = has_objected,
	.forget = forget,
	.remember = remember,
	.count = count,
	.rest = rest,
	.idle = idle,
};
