/* job_requests.c - a statement for each request. Of a job's slug only the name is told: its values
 * may be about people. */
#include "common/database/job_requests.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

static const struct {
	const char *name, *state;
} changes[] = {
	{ "pause", "paused" },
	{ "continue", "running" },
	{ "cancel", "cancelled" },
};

static bool tell(struct postgres_result *result, const struct postgres_error *error,
		 struct buffer *out, struct why *why)
{
	if (!result)
		return why_set(why, "DATABASE_URL: %s", error->text);
	buffer_printf(out, "%s\n", postgres_rows(result) ? postgres_field(result, 0, 0) : "false");
	postgres_result_free(result);
	return true;
}

static bool list(struct postgres *postgres, struct buffer *out, struct why *why)
{
	static const char sql[] =
		"SELECT coalesce(jsonb_agg(to_jsonb(j) ORDER BY j.id), '[]')::text FROM "
		"(SELECT id, module, split_part(slug, ':', 1) AS job, state, counts, trouble, "
		"started_at, step_at FROM jobs ORDER BY id LIMIT $1::integer) j";
	const struct postgres_value limit = postgres_text("100");
	struct postgres_error error;

	_Static_assert(JOBS_LISTED_MAX == 100, "the limit of the statement");
	return tell(postgres_query(postgres, sql, &limit, 1, &error), &error, out, why);
}

/* Of a job that was cancelled nothing may wait any more that would end it: its spool was lost. */
static bool remove_lost(struct postgres *postgres, const char *id, bool *removed, struct why *why)
{
	const struct postgres_value value = postgres_text(id);
	struct postgres_error error;
	struct postgres_result *result = postgres_query(
		postgres,
		"DELETE FROM jobs WHERE id = $1::bigint AND state = 'cancelled' "
		"AND step_at < now() - interval '10 minutes' RETURNING id",
		&value, 1, &error);

	if (!result)
		return why_set(why, "DATABASE_URL: %s", error.text);
	*removed = postgres_rows(result) > 0;
	postgres_result_free(result);
	return true;
}

static bool change(struct postgres *postgres, const char *id, const char *state, struct buffer *out,
		   struct why *why)
{
	const struct postgres_value values[] = { postgres_text(id), postgres_text(state) };
	struct postgres_error error;
	bool removed = false;

	if (!remove_lost(postgres, id, &removed, why))
		return false;
	if (removed) {
		buffer_append_text(out, "true\n");
		return true;
	}
	return tell(postgres_query(postgres,
				   "UPDATE jobs SET state = CASE state WHEN 'cancelled' "
				   "THEN state ELSE $2 END, trouble = '' "
				   "WHERE id = $1::bigint RETURNING 'true'",
				   values, COUNT_OF(values), &error),
		    &error, out, why);
}

static bool is_id(const char *text)
{
	char *end;

	return strtoll(text, &end, 10) > 0 && *end == '\0' && strlen(text) <= 18;
}

bool job_requests_ask(struct postgres *postgres, char *const words[], size_t count,
		      struct buffer *out, struct why *why)
{
	if (count == 1 && strcmp(words[0], "list") == 0)
		return list(postgres, out, why);
	for (size_t i = 0; count == 2 && i < COUNT_OF(changes); i++) {
		if (strcmp(words[0], changes[i].name) != 0)
			continue;
		return is_id(words[1]) ? change(postgres, words[1], changes[i].state, out, why)
				       : why_set(why, "N must be the number of a job");
	}
	return why_set(why, "no such action");
}
