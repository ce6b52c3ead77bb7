/* pool_storage.c - the functions of storage.h over database.h and pool_redis.h: the connections,
 * and what is recorded about people. Every statement may be repeated. */
#include "common/database/url.h"
#include "workers/storage/pool_storage.h"

#include <stdlib.h>
#include <string.h>

#include "common/trace.h"
#include "common/xalloc.h"
#include "workers/storage/pool_parts.h"

struct pool_storage *pool_storage_create(const struct settings *settings, struct why *why)
{
	struct pool_storage *pool_storage = xcalloc(1, sizeof(*pool_storage));

	pool_storage->privacy_key = settings->privacy_key;
	pool_storage->keys = hash_keys_create(settings->privacy_key);
	pool_storage->id_cipher = id_cipher_create(settings->privacy_key);
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
	id_cipher_destroy(pool_storage->id_cipher);
	free(pool_storage);
}

static void add_file(void *owner, const char *path)
{
	landlock_add(owner, path, LANDLOCK_READ);
}

static void add_port(void *owner, uint16_t port)
{
	struct landlock_paths *out = owner;

	out->limits_tcp &= landlock_add_port(out, port);
}

/* Names and tickets are asked for over TCP when an answer is too large for UDP. */
static void list_ports(const struct settings *settings, struct landlock_paths *out)
{
	static const uint16_t helpers[] = { 53, 88 };
	struct redis_url redis = { 0 };

	out->limits_tcp = true;
	out->limits_tcp = postgres_list_ports(settings->database_url, add_port, out) &&
			  out->limits_tcp;
	if (!redis_url_parse(settings->redis_url, &redis, NULL))
		out->limits_tcp = false;
	else if (redis.host)
		add_port(out, (uint16_t)redis.port);
	for (size_t i = 0; i < COUNT_OF(helpers) && out->ports_count; i++)
		add_port(out, helpers[i]);
	redis_url_finish(&redis);
}

void pool_storage_list_files(const struct settings *settings, struct landlock_paths *out)
{
	postgres_list_files(settings->database_url, add_file, out);
	out->has_abstract_sockets |= postgres_is_abstract(settings->database_url);
	list_ports(settings, out);
}

/* --- people ----------------------------------------------------------------------------------- */

static int64_t integer_at(const struct postgres_result *result, int column)
{
	const char *text = postgres_field(result, 0, column);

	return text ? strtoll(text, NULL, 10) : -1;
}

static const char *copy_field(const struct postgres_result *result, int column, struct arena *arena)
{
	const char *text = postgres_field(result, 0, column);

	return text ? arena_strdup(arena, text) : "";
}

static bool find_person(void *owner, const char *username, int64_t id, struct arena *arena,
			const struct recorded_person **out, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	struct pool_number number = pool_number(id);
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

/* Of a person with the facts about them. */
static bool export(void *owner, struct holder holder, struct buffer *out, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	const struct pool_number id = pool_number(holder.id);
	const struct pool_bytes person = pool_person(pool_storage, holder.id);
	const struct postgres_value values[] = { postgres_text(id.text),
						 postgres_text(person.text) };
	bool is_person = holder.scope == OF_PERSON;
	struct postgres_result *result = database_query(
		pool_storage->database,
		is_person ? "SELECT export_user($1, $2::bytea)" : "SELECT export_group($1)", values,
		is_person ? 2 : 1, why);
	const char *json;

	if (!result)
		return false;
	json = postgres_rows(result) ? postgres_field(result, 0, 0) : NULL;
	buffer_append_text(out, json ? json : "{}");
	postgres_result_free(result);
	return true;
}

static struct pool_bytes as_bytea(const uint8_t bytes[ID_HASH_SIZE])
{
	struct pool_bytes out = { "\\x" };

	hex_encode(bytes, ID_HASH_SIZE, out.text + 2);
	return out;
}

struct pool_bytes pool_hash(const struct pool_storage *pool_storage, int64_t id)
{
	uint8_t hash[ID_HASH_SIZE];

	hash_id(pool_storage->keys, id, hash);
	return as_bytea(hash);
}

struct pool_bytes pool_person(const struct pool_storage *pool_storage, int64_t id)
{
	uint8_t person[ENCIPHERED_ID_SIZE];

	_Static_assert(sizeof(person) == ID_HASH_SIZE, "struct pool_bytes holds either");
	id_encipher(pool_storage->id_cipher, id, person);
	return as_bytea(person);
}

static bool has_objected(void *owner, struct holder holder, bool *out, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	const struct pool_bytes hash = pool_hash(pool_storage, holder.id);
	const struct postgres_value value = postgres_text(hash.text);
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
	const struct pool_number id = pool_number(holder.id);
	const struct pool_bytes hash = pool_hash(pool_storage, holder.id);
	const struct pool_bytes person = pool_person(pool_storage, holder.id);
	const struct postgres_value values[] = { postgres_text(id.text), postgres_text(hash.text),
						 postgres_text(person.text) };
	bool is_person = holder.scope == OF_PERSON;
	const char *sql = is_person ? "SELECT forget_user($1, $2::bytea, $3::bytea)"
				    : "SELECT forget_group($1, $2::bytea)";

	if (!pool_execute(pool_storage, sql, values, is_person ? 3 : 2, why))
		return false;
	pool_announce(pool_storage, holder.id);
	return true;
}

static bool remember(void *owner, const struct mark *mark, struct holder holder, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	const struct pool_number update = pool_number(mark->update_id);
	const struct pool_number stage = pool_number(mark->stage), nth = pool_number(mark->nth);
	const struct pool_number id = pool_number(holder.id);
	const struct pool_bytes hash = pool_hash(pool_storage, holder.id);
	const struct postgres_value values[] = {
		postgres_text(update.text),  postgres_text(stage.text),
		postgres_text(nth.text),     postgres_text(pool_scope(holder.scope)),
		postgres_text(id.text),      postgres_text(REMEMBER_MODULE),
		postgres_text(REMEMBER_KEY), postgres_text(hash.text),
	};

	return pool_execute(pool_storage,
			    "SELECT remember_once($1, $2, $3, $4, $5, $6, $7, $8::bytea)", values,
			    COUNT_OF(values), why);
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
	.load = pool_load,
	.entry = pool_entry,
	.entries = pool_entries,
	.save = pool_save,
	.marks = pool_marks,
	.fact_write = pool_fact_write,
	.fact_find = pool_fact_find,
	.fact_write_many = pool_fact_write_many,
	.fact_count = pool_fact_count,
	.facts = pool_facts,
	.fact_ids = pool_fact_ids,
	.migrate = pool_migrate,
	.ids_with_settings = pool_list_owners,
	.follow = pool_follow,
	.brief_set = pool_brief_set,
	.brief_find = pool_brief_find,
	.brief_before = pool_brief_before,
	.brief_claim = pool_brief_claim,
	.count_recent = pool_count_recent,
	.number_add = pool_number_add,
	.numbers = pool_numbers,
	.fetched_find = pool_fetched_find,
	.fetched_keep = pool_fetched_keep,
	.fetch_turn = pool_fetch_turn,
	.find_person = find_person,
	.export = export,
	.has_objected = has_objected,
	.forget = forget,
	.remember = remember,
	.count = count,
	.job_start = pool_job_start,
	.job_begin = pool_job_begin,
	.job_set = pool_job_set,
	.job_find = pool_job_find,
	.job_remove = pool_job_remove,
	.ids = pool_ids,
	.count_ids = pool_count_ids,
	.rest = rest,
	.idle = idle,
};
