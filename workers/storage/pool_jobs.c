/* pool_jobs.c - jobs as others see them, and ids in parts, in Postgres. */
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "workers/storage/pool_parts.h"

static const char *const states[] = {
	[JOB_RUNNING] = "running",
	[JOB_PAUSED] = "paused",
	[JOB_CANCELLED] = "cancelled",
};

/* --- jobs ------------------------------------------------------------------------------------- */

bool pool_job_start(void *owner, const struct mark *turn, const char *module, const char *slug,
		    int64_t *id, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	const struct pool_number update = pool_number(turn->update_id);
	const struct pool_number stage = pool_number(turn->stage);
	const struct postgres_value values[] = { postgres_text(update.text),
						 postgres_text(stage.text), postgres_text(module),
						 postgres_text(slug) };
	/* A conflict that changes nothing, so that the row is returned. */
	struct postgres_result *result = database_query(
		pool_storage->database,
		"INSERT INTO jobs (update_id, stage, module, slug) VALUES ($1, $2, $3, $4) "
		"ON CONFLICT (update_id, stage, module, slug) DO UPDATE SET slug = excluded.slug "
		"RETURNING id",
		values, COUNT_OF(values), why);

	if (!result)
		return false;
	*id = strtoll(postgres_field(result, 0, 0), NULL, 10);
	postgres_result_free(result);
	return true;
}

static enum job_state state_named(const char *name)
{
	enum job_state state = JOB_RUNNING;

	while (state < JOB_CANCELLED && strcmp(states[state], name) != 0)
		state++;
	return state;
}

/* id, cursor, state, and the slug where there is an arena for it. */
static void take_job(const struct postgres_result *result, struct arena *arena, struct job_row *out)
{
	*out = (struct job_row) { 0 };
	if (!postgres_rows(result))
		return;
	out->id = strtoll(postgres_field(result, 0, 0), NULL, 10);
	out->cursor = strtoll(postgres_field(result, 0, 1), NULL, 10);
	out->state = state_named(postgres_field(result, 0, 2));
	if (arena)
		out->slug = arena_strdup(arena, postgres_field(result, 0, 3));
}

bool pool_job_begin(void *owner, int64_t id, int32_t step, int64_t cursor, const char *counts,
		    struct arena *arena, struct job_row *out, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	const struct pool_number number = pool_number(id), now = pool_number(step);
	const struct pool_number where = pool_number(cursor);
	const struct postgres_value values[] = { postgres_text(number.text),
						 postgres_text(now.text), postgres_text(where.text),
						 postgres_text(counts) };
	struct postgres_result *result = database_query(
		pool_storage->database,
		"UPDATE jobs SET step = $2, cursor = $3, counts = $4::jsonb, step_at = now() "
		"WHERE id = $1 AND step <= $2 RETURNING id, cursor, state, slug",
		values, COUNT_OF(values), why);

	if (!result)
		return false;
	take_job(result, arena, out);
	postgres_result_free(result);
	return true;
}

bool pool_job_set(void *owner, int64_t id, const char *module, enum job_state state,
		  const char *trouble, bool *found, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	const struct pool_number number = pool_number(id);
	const struct postgres_value values[] = { postgres_text(number.text), postgres_text(module),
						 postgres_text(states[state]),
						 postgres_text(trouble) };
	struct postgres_result *result = database_query(
		pool_storage->database,
		"UPDATE jobs SET state = CASE state WHEN 'cancelled' THEN state ELSE $3 END, "
		"trouble = $4 WHERE id = $1 AND (module = $2 OR $2 = '') RETURNING id",
		values, COUNT_OF(values), why);

	if (!result)
		return false;
	*found = postgres_rows(result) > 0;
	postgres_result_free(result);
	return true;
}

bool pool_job_find(void *owner, int64_t id, const char *module, struct job_row *out,
		   struct why *why)
{
	struct pool_storage *pool_storage = owner;
	const struct pool_number number = pool_number(id);
	const struct postgres_value values[] = { postgres_text(number.text),
						 postgres_text(module) };
	struct postgres_result *result = database_query(
		pool_storage->database,
		"SELECT id, cursor, state FROM jobs WHERE id = $1 AND module = $2", values,
		COUNT_OF(values), why);

	if (!result)
		return false;
	take_job(result, NULL, out);
	postgres_result_free(result);
	return true;
}

bool pool_job_remove(void *owner, int64_t id, struct why *why)
{
	const struct pool_number number = pool_number(id);
	const struct postgres_value value = postgres_text(number.text);

	return pool_execute(owner, "DELETE FROM jobs WHERE id = $1", &value, 1, why);
}

/* --- ids -------------------------------------------------------------------------------------- */

#define HOLDERS                                                                  \
	"FROM settings WHERE scope = $1 AND module = $2 AND key = $3 AND value " \
	"= to_jsonb($4::text)"

static struct postgres_result *select_part(struct pool_storage *pool_storage,
					   const struct ids_query *query, int64_t after, size_t max,
					   struct why *why)
{
	/* 0 is before all ids of chats, too. */
	const struct pool_number last = pool_number(after || query->scope != OF_CHAT ? after
										     : INT64_MIN);
	const struct pool_number limit = pool_number((int64_t)max);
	const struct postgres_value groups[] = { postgres_text(last.text),
						 postgres_text(limit.text) };
	const struct postgres_value holders[] = {
		postgres_text(pool_scope(query->scope)),
		postgres_text(query->module),
		postgres_text(query->key),
		postgres_text(query->value),
		postgres_text(last.text),
		postgres_text(limit.text),
	};

	if (!query->key)
		return database_query(pool_storage->database,
				      "SELECT id FROM groups WHERE id > $1 ORDER BY id LIMIT $2",
				      groups, COUNT_OF(groups), why);
	return database_query(pool_storage->database,
			      query->scope == OF_CHAT
				      ? "SELECT id " HOLDERS
					" AND id > $5 AND id < 0 ORDER BY id LIMIT $6"
				      : "SELECT id " HOLDERS " AND id > $5 ORDER BY id LIMIT $6",
			      holders, COUNT_OF(holders), why);
}

bool pool_ids(void *owner, const struct ids_query *query, int64_t after, int64_t *out, size_t max,
	      size_t *count, struct why *why)
{
	struct postgres_result *result = select_part(owner, query, after, max, why);

	if (!result)
		return false;
	*count = (size_t)postgres_rows(result);
	for (size_t i = 0; i < *count; i++)
		out[i] = strtoll(postgres_field(result, (int)i, 0), NULL, 10);
	postgres_result_free(result);
	return true;
}

bool pool_count_ids(void *owner, const struct ids_query *query, int64_t *out, struct why *why)
{
	struct pool_storage *pool_storage = owner;
	const struct postgres_value holders[] = {
		postgres_text(pool_scope(query->scope)),
		postgres_text(query->module),
		postgres_text(query->key),
		postgres_text(query->value),
	};
	struct postgres_result *result = database_query(
		pool_storage->database,
		query->key ? "SELECT count(*) " HOLDERS : "SELECT count(*) FROM groups",
		query->key ? holders : NULL, query->key ? COUNT_OF(holders) : 0, why);

	if (!result)
		return false;
	*out = strtoll(postgres_field(result, 0, 0), NULL, 10);
	postgres_result_free(result);
	return true;
}
