/* pool_values.c - settings, entries and the marks of their writes, in Postgres. */
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "workers/storage/pool_parts.h"

#define LOG_SUBSYSTEM "storage"

/* The last character: what begins with a prefix sorts before the prefix with it. */
#define LAST_CHARACTER "chr(1114111)"

const char *pool_scope(enum scope scope)
{
	static const char *const names[] = {
		[OF_CHAT] = "chat", [OF_PERSON] = "user", [OF_MEMBER] = "member",
		[OF_BOT] = "bot",   [OF_LIST] = "list",
	};

	return names[scope];
}

bool pool_execute(struct pool_storage *pool_storage, const char *sql,
		  const struct postgres_value *values, int count, struct why *why)
{
	struct postgres_result *result = database_query(pool_storage->database, sql, values, count,
							why);

	postgres_result_free(result);
	return result != NULL;
}

/* NULL as "". */
static void append_fields(const struct postgres_result *result, int row, int from, int to,
			  struct buffer *out)
{
	for (int column = from; column < to; column++) {
		const char *text = postgres_field(result, row, column);

		text = text ? text : "";
		buffer_append(out, text, strlen(text) + 1);
	}
}

static bool take_texts(struct pool_storage *pool_storage, const char *sql,
		       const struct postgres_value *values, int count, int columns,
		       struct buffer *out, struct why *why)
{
	struct postgres_result *result = database_query(pool_storage->database, sql, values, count,
							why);

	if (!result)
		return false;
	for (int row = 0; row < postgres_rows(result); row++)
		append_fields(result, row, 0, columns, out);
	postgres_result_free(result);
	return true;
}

/* --- reading ---------------------------------------------------------------------------------- */

bool pool_load(void *owner, struct holder holder, struct buffer *out, struct why *why)
{
	const struct pool_number id = pool_number(holder.id);
	const struct postgres_value values[] = { postgres_text(id.text),
						 postgres_text(pool_scope(holder.scope)) };

	return take_texts(owner,
			  "SELECT module, key, value #>> '{}' FROM settings "
			  "WHERE id = $1 AND scope = $2 ORDER BY module",
			  values, COUNT_OF(values), 3, out, why);
}

static bool take_entries(struct pool_storage *pool_storage, struct holder holder,
			 const char *module, const char *key, const char *sql, struct buffer *out,
			 struct why *why)
{
	const struct pool_number id = pool_number(holder.id), person = pool_number(holder.person);
	const struct postgres_value values[] = {
		postgres_text(pool_scope(holder.scope)),
		postgres_text(id.text),
		postgres_text(person.text),
		postgres_text(module),
		postgres_text(key),
	};

	return take_texts(pool_storage, sql, values, COUNT_OF(values), 2, out, why);
}

bool pool_entry(void *owner, struct holder holder, const char *module, const char *key,
		struct buffer *out, struct why *why)
{
	return take_entries(owner, holder, module, key,
			    "SELECT key, value FROM entries WHERE scope = $1 AND id = $2 "
			    "AND person = $3 AND module = $4 AND key = $5",
			    out, why);
}

bool pool_entries(void *owner, struct holder holder, const char *module, const char *prefix,
		  struct buffer *out, struct why *why)
{
	return take_entries(owner, holder, module, prefix,
			    "SELECT key, value FROM entries WHERE scope = $1 AND id = $2 "
			    "AND person = $3 AND module = $4 "
			    "AND key >= $5 AND key < $5 || " LAST_CHARACTER " ORDER BY key",
			    out, why);
}

/* Each of the two by its own index, a part at a time. */
bool pool_list_owners(void *owner, int64_t after, struct buffer *out, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	const struct pool_number last = pool_number(after), limit = pool_number(PRESENCE_PART);
	const struct postgres_value values[] = { postgres_text(last.text),
						 postgres_text(limit.text) };
	struct postgres_result *result = database_query(
		pool_storage->database,
		"(SELECT DISTINCT id FROM settings WHERE id > $1 ORDER BY id LIMIT $2) UNION "
		"(SELECT DISTINCT id FROM entries WHERE id > $1 ORDER BY id LIMIT $2) "
		"ORDER BY id LIMIT $2",
		values, COUNT_OF(values), why);

	if (!result)
		return false;
	for (int row = 0; row < postgres_rows(result); row++) {
		int64_t id = strtoll(postgres_field(result, row, 0), NULL, 10);

		buffer_append(out, &id, sizeof(id));
	}
	postgres_result_free(result);
	return true;
}

/* --- writing ---------------------------------------------------------------------------------- */

void pool_announce_buckets(struct pool_storage *pool_storage,
			   const bool buckets[SETTINGS_CACHE_BUCKETS])
{
	if (!pool_redis_announce(pool_storage->redis, buckets))
		log_warn("without Redis other pools learn of a changed setting with a delay",
			 log_unsigned("seconds", SETTINGS_CACHE_ALONE_MS / 1000));
}

void pool_announce(struct pool_storage *pool_storage, int64_t id)
{
	bool buckets[SETTINGS_CACHE_BUCKETS] = { false };

	buckets[settings_cache_bucket(id)] = true;
	pool_announce_buckets(pool_storage, buckets);
}

/* [nth, scope, id, person, module, key, value, is an entry] each. */
static void append_writes(const struct stored_write *writes, size_t count, struct buffer *out)
{
	struct json json = json_start(out);

	json_array_start(&json);
	for (size_t i = 0; i < count; i++) {
		const struct stored_write *write = &writes[i];

		json_array_start(&json);
		json_uint(&json, write->mark.nth);
		json_text(&json, pool_scope(write->holder.scope));
		json_int(&json, write->holder.id);
		json_int(&json, write->holder.person);
		json_text(&json, write->module);
		json_text(&json, write->key);
		json_text(&json, write->value);
		json_bool(&json, storage_is_entry(write->holder, write->key));
		json_array_end(&json);
	}
	json_array_end(&json);
}

/* One statement, so one transaction. */
static bool save_writes(struct pool_storage *pool_storage, const struct mark *turn,
			const char *writes, struct why *why)
{
	const struct pool_number update = pool_number(turn->update_id);
	const struct pool_number stage = pool_number(turn->stage);
	const struct postgres_value values[] = {
		postgres_text(update.text),
		postgres_text(stage.text),
		postgres_text(writes),
	};

	return pool_execute(pool_storage,
			    "SELECT store_value($1, $2, (w->>0)::integer, w->>1, (w->>2)::bigint, "
			    "(w->>3)::bigint, w->>4, w->>5, w->>6, (w->>7)::boolean) "
			    "FROM jsonb_array_elements($3) w",
			    values, COUNT_OF(values), why);
}

bool pool_save(void *owner, const struct stored_write *writes, size_t count, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	struct buffer json = { 0 };
	bool saved = true;

	append_writes(writes, count, &json);
	if (count)
		saved = save_writes(pool_storage, &writes[0].mark, buffer_text(&json), why);
	buffer_finish(&json);
	/* What is kept about members is in no cache. */
	for (size_t i = 0; saved && i < count; i++)
		if (writes[i].holder.scope != OF_MEMBER &&
		    (i == 0 || writes[i].holder.id != writes[i - 1].holder.id))
			pool_announce(pool_storage, writes[i].holder.id);
	return saved;
}

static enum scope scope_named(const char *name)
{
	enum scope scope = OF_CHAT;

	while (scope < OF_LIST && strcmp(pool_scope(scope), name) != 0)
		scope++;
	return scope;
}

/* Module and key, and what was there before. */
static void append_mark(const struct pool_storage *pool_storage, const struct mark_head *head,
			const struct postgres_result *result, int row, struct buffer *out)
{
	struct buffer key = { 0 };

	if (pool_fact_mark(pool_storage, postgres_field(result, row, 4),
			   postgres_field(result, row, 5), &key)) {
		buffer_append(out, head, sizeof(*head));
		append_fields(result, row, 4, 5, out);
		buffer_append(out, buffer_text(&key), buffer_unread_size(&key) + 1);
		append_fields(result, row, 6, 7, out);
	}
	buffer_finish(&key);
}

bool pool_marks(void *owner, const struct mark *turn, struct buffer *out, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	const struct pool_number update = pool_number(turn->update_id);
	const struct pool_number stage = pool_number(turn->stage);
	const struct postgres_value values[] = { postgres_text(update.text),
						 postgres_text(stage.text) };
	struct postgres_result *result = database_query(
		pool_storage->database,
		"SELECT scope, id, person, nth, module, key, '=' || before FROM marks "
		"WHERE update_id = $1 AND stage = $2",
		values, COUNT_OF(values), why);

	if (!result)
		return false;
	for (int row = 0; row < postgres_rows(result); row++) {
		const struct mark_head head = {
			.holder = { .scope = scope_named(postgres_field(result, row, 0)),
				    .id = strtoll(postgres_field(result, row, 1), NULL, 10),
				    .person = strtoll(postgres_field(result, row, 2), NULL, 10) },
			.nth = (uint32_t)strtoul(postgres_field(result, row, 3), NULL, 10),
		};

		append_mark(pool_storage, &head, result, row, out);
	}
	postgres_result_free(result);
	return true;
}

bool pool_migrate(void *owner, int64_t from, int64_t to, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	const struct pool_number old = pool_number(from), new = pool_number(to);
	const struct postgres_value values[] = { postgres_text(old.text), postgres_text(new.text) };

	if (!pool_execute(pool_storage, "SELECT migrate_chat($1, $2)", values, 2, why))
		return false;
	pool_announce(pool_storage, from);
	pool_announce(pool_storage, to);
	return true;
}

void pool_follow(void *owner, struct settings_cache *settings_cache)
{
	struct pool_storage *pool_storage = owner;

	pool_redis_follow(pool_storage->redis, settings_cache);
}
