/* tables.c - see tables.h. */
#define LOG_SUBSYSTEM "tables"
#include "recorder/tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/xalloc.h"
#include "recorder/array.h"
#include "recorder/state.h"

#define COLUMNS_MAX 7

/* SHARE conflicts with the INSERT of forget_user(): either the objection is seen here, or the
 * deletion sees what is written here. */
static const char lock_sql[] = "LOCK TABLE objections IN SHARE MODE";

/* What differs is looked up row by row by index (lateral), for ON CONFLICT … WHERE alone would lock
 * every unchanged row and write WAL for it; ON CONFLICT and its WHERE stay for rows that appear in
 * between. Objections too are looked up that way: for EXISTS the planner reads all of them for each
 * batch. */
#define UPSERT_SQL(table, columns, types, columns_of)                                             \
	"WITH seen AS MATERIALIZED ("                                                             \
	" SELECT s.*, o.hash IS NOT NULL AS objected"                                             \
	" FROM unnest(" types ") AS s(id, " columns ", registered_at, hash)"                      \
	" LEFT JOIN LATERAL (SELECT * FROM objections o WHERE o.hash = s.hash LIMIT 1) o ON true" \
	"), written AS ("                                                                         \
	" INSERT INTO " table " AS t (id, " columns ", registered_at)"                            \
	" SELECT s.id, " columns_of(                                                              \
		s) ", s.registered_at FROM seen s"                                                \
		   " LEFT JOIN LATERAL (SELECT * FROM " table                                     \
		   " k WHERE k.id = s.id LIMIT 1) k ON true"                                      \
		   " WHERE NOT s.objected AND (k.id IS NULL OR s.registered_at < k.registered_at" \
		   "  OR (" columns_of(k) ") IS DISTINCT FROM (" columns_of(                      \
			   s) "))"                                                                \
			      " ORDER BY s.id"                                                    \
			      " ON CONFLICT (id) DO UPDATE SET (" columns ", registered_at) ="    \
			      "  (" columns_of(excluded) ", least(t.registered_at, "              \
							 "excluded.registered_at))"               \
							 " WHERE (" columns_of(                   \
								 t) ") IS DISTINCT FROM "         \
								    "(" columns_of(               \
									    excluded) ")"         \
										      "  OR "     \
										      "exclu"     \
										      "ded."      \
										      "regis"     \
										      "tered"     \
										      "_at "      \
										      "< "        \
										      "t."        \
										      "regis"     \
										      "tered"     \
										      "_at"       \
										      " RETU"     \
										      "RNING"     \
										      " t."       \
										      "id)"       \
										      "SELEC"     \
										      "T "        \
										      "(SELE"     \
										      "CT "       \
										      "count"     \
										      "(*) "      \
										      "FROM "     \
										      "writt"     \
										      "en),"      \
										      " ("        \
										      "SELEC"     \
										      "T "        \
										      "strin"     \
										      "g_"        \
										      "agg("      \
										      "id::"      \
										      "text,"     \
										      " ' "       \
										      "') "       \
										      "FROM "     \
										      "seen "     \
										      "WHERE"     \
										      " obje"     \
										      "cted)"

#define USER_COLUMNS(row) \
#row ".username, " #row ".first_name, " #row ".last_name, " #row ".language_code"
#define GROUP_COLUMNS(row) #row ".username, " #row ".title, " #row ".type"

static const char users_sql[] = UPSERT_SQL(
	"users", "username, first_name, last_name, language_code",
	"$1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[],"
	" $6::timestamptz[], $7::bytea[]",
	USER_COLUMNS);
static const char groups_sql[] = UPSERT_SQL("groups", "username, title, type",
					    "$1::bigint[], $2::text[], $3::text[], $4::text[],"
					    " $5::timestamptz[], $6::bytea[]",
					    GROUP_COLUMNS);
static const char migrate_sql[] = "SELECT migrate_chat($1::bigint, $2::bigint)";

/* A run of rows of one scope and the parameters made of it. */
struct run {
	struct row *const *rows;
	size_t count;
	struct buffer columns[COLUMNS_MAX];
	struct postgres_value values[COLUMNS_MAX];
};

struct tables {
	struct run users, groups;
	/* steps of one transaction; ids of migrations as text */
	struct postgres_step *steps;
	size_t steps_capacity;
};

struct tables *tables_create(void)
{
	return xmalloc(sizeof(struct tables));
}

static void finish_run(struct run *run)
{
	for (size_t i = 0; i < COLUMNS_MAX; i++)
		buffer_finish(&run->columns[i]);
}

void tables_destroy(struct tables *tables)
{
	if (!tables)
		return;
	finish_run(&tables->users);
	finish_run(&tables->groups);
	free(tables->steps);
	free(tables);
}

bool tables_prepare(struct postgres *postgres, struct postgres_error *error)
{
	return postgres_prepare(postgres, "lock", lock_sql, error) &&
	       postgres_prepare(postgres, "users", users_sql, error) &&
	       postgres_prepare(postgres, "groups", groups_sql, error) &&
	       postgres_prepare(postgres, "migrate", migrate_sql, error);
}

int row_compare(const void *left, const void *right)
{
	const struct sighting *a = &(*(struct row *const *)left)->seen;
	const struct sighting *b = &(*(struct row *const *)right)->seen;

	if (a->scope != b->scope)
		return a->scope < b->scope ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

/* --- parameters --- */

static void fill_ids(struct run *run, struct buffer *out)
{
	array_start(out, ARRAY_OID_BIGINT, run->count);
	for (size_t i = 0; i < run->count; i++)
		array_bigint(out, run->rows[i]->seen.id);
}

static void fill_texts(struct run *run, struct buffer *out, size_t offset)
{
	array_start(out, ARRAY_OID_TEXT, run->count);
	for (size_t i = 0; i < run->count; i++)
		array_bytes(out,
			    *(const struct text *)((const char *)&run->rows[i]->seen + offset));
}

static void fill_times(struct run *run, struct buffer *out)
{
	array_start(out, ARRAY_OID_TIMESTAMPTZ, run->count);
	for (size_t i = 0; i < run->count; i++)
		array_time(out, run->rows[i]->seen.seen_at);
}

static void fill_hashes(struct run *run, struct buffer *out)
{
	array_start(out, ARRAY_OID_BYTEA, run->count);
	for (size_t i = 0; i < run->count; i++)
		array_bytes(out,
			    (struct text) { (const char *)run->rows[i]->id_hash, ID_HASH_SIZE });
}

static void fill_run(struct run *run, struct postgres_step *step, const char *statement,
		     const size_t *texts, size_t texts_count)
{
	size_t columns = 0;

	fill_ids(run, &run->columns[columns++]);
	for (size_t i = 0; i < texts_count; i++)
		fill_texts(run, &run->columns[columns++], texts[i]);
	fill_times(run, &run->columns[columns++]);
	fill_hashes(run, &run->columns[columns++]);
	for (size_t i = 0; i < columns; i++)
		run->values[i] = (struct postgres_value) {
			.data = (const char *)run->columns[i].data,
			.size = (int)run->columns[i].size,
			.binary = true
		};
	*step = (struct postgres_step) { .name = statement,
					 .values = run->values,
					 .values_count = (int)columns };
}

static void fill_users(struct run *run, struct postgres_step *step)
{
	static const size_t texts[] = {
		offsetof(struct sighting, username),
		offsetof(struct sighting, first_name),
		offsetof(struct sighting, last_name),
		offsetof(struct sighting, language_code),
	};

	fill_run(run, step, "users", texts, COUNT_OF(texts));
}

static void fill_groups(struct run *run, struct postgres_step *step)
{
	static const size_t texts[] = {
		offsetof(struct sighting, username),
		offsetof(struct sighting, title),
		offsetof(struct sighting, type),
	};

	fill_run(run, step, "groups", texts, COUNT_OF(texts));
}

/* --- a transaction --- */

struct migration_values {
	char old_id[24], new_id[24];
	struct postgres_value values[2];
};

static void fill_migration(const struct sighting *seen, struct migration_values *out,
			   struct postgres_step *step)
{
	snprintf(out->old_id, sizeof(out->old_id), "%" PRId64, seen->id);
	snprintf(out->new_id, sizeof(out->new_id), "%" PRId64, seen->new_id);
	out->values[0] = postgres_text(out->old_id);
	out->values[1] = postgres_text(out->new_id);
	*step = (struct postgres_step) { .name = "migrate",
					 .values = out->values,
					 .values_count = 2 };
}

/* How many rows at the front are of that scope. */
static size_t count_scope(struct row *const *rows, size_t count, enum sighting_scope scope)
{
	size_t same = 0;

	while (same < count && rows[same]->seen.scope == scope)
		same++;
	return same;
}

static void mark_objected(struct run *run, const char *ids)
{
	size_t at = 0;

	while (ids && *ids) {
		char *end;
		int64_t id = strtoll(ids, &end, 10);

		/* In the order of the rows, as it is a scan of what we sent; else from the front.
		 */
		for (size_t tried = 0; tried < run->count; tried++, at = (at + 1) % run->count)
			if (run->rows[at]->seen.id == id) {
				run->rows[at]->outcome = ROW_OPTED_OUT;
				break;
			}
		ids = *end ? end + 1 : end;
	}
}

static void settle_run(struct run *run, const struct postgres_step *step,
		       struct batch_counts *counts)
{
	size_t written = strtoull(postgres_field(step->result, 0, 0), NULL, 10), opted_out = 0;

	mark_objected(run, postgres_field(step->result, 0, 1));
	for (size_t i = 0; i < run->count; i++)
		if (run->rows[i]->outcome == ROW_OPTED_OUT)
			opted_out++;
		else
			run->rows[i]->outcome = ROW_WRITTEN;
	counts->opted_out += opted_out;
	counts->written += written;
	counts->unchanged += run->count - opted_out - written;
}

static struct postgres_step *reserve_steps(struct tables *tables, size_t count)
{
	if (count > tables->steps_capacity) {
		tables->steps = xreallocarray(tables->steps, count, sizeof(*tables->steps));
		tables->steps_capacity = count;
	}
	return tables->steps;
}

static bool write_once(struct tables *tables, struct postgres *postgres, struct row *const *rows,
		       size_t count, bool renew_incarnation, struct batch_counts *counts,
		       struct postgres_error *error)
{
	size_t users = count_scope(rows, count, SIGHTING_USER);
	size_t groups = count_scope(rows + users, count - users, SIGHTING_GROUP);
	size_t migrations = count - users - groups, steps_count = 0, users_step, groups_step;
	struct postgres_step *steps = reserve_steps(tables, migrations + 4);
	struct migration_values *values = xcalloc(migrations, sizeof(*values));
	bool good;

	tables->users.rows = rows;
	tables->users.count = users;
	tables->groups.rows = rows + users;
	tables->groups.count = groups;
	steps[steps_count++] = (struct postgres_step) { .name = "lock" };
	users_step = steps_count;
	if (users)
		fill_users(&tables->users, &steps[steps_count++]);
	groups_step = steps_count;
	if (groups)
		fill_groups(&tables->groups, &steps[steps_count++]);
	for (size_t i = 0; i < migrations; i++)
		fill_migration(&rows[users + groups + i]->seen, &values[i], &steps[steps_count++]);
	if (renew_incarnation)
		steps[steps_count++] = (struct postgres_step) { .sql = state_renew_sql };
	good = postgres_transaction(postgres, steps, steps_count, error);
	if (good && users)
		settle_run(&tables->users, &steps[users_step], counts);
	if (good && groups)
		settle_run(&tables->groups, &steps[groups_step], counts);
	for (size_t i = 0; good && i < migrations; i++)
		rows[users + groups + i]->outcome = ROW_WRITTEN;
	if (good)
		counts->written += migrations;
	for (size_t i = 0; i < steps_count; i++)
		postgres_result_free(steps[i].result);
	free(values);
	return good;
}

/* --- halving --- */

static void set_aside(struct row *row, const struct postgres_error *error)
{
	static const char *const scopes[] = { "user", "group", "migration" };

	row->outcome = ROW_REFUSED;
	log_error("Postgres refuses a row; it is set aside scope=%s id=%" PRId64 " sqlstate=%s",
		  scopes[row->seen.scope], row->seen.id, error->sqlstate);
}

bool tables_write(struct tables *tables, struct postgres *postgres, struct row *const *rows,
		  size_t count, bool renew_incarnation, struct batch_counts *counts,
		  struct postgres_error *error)
{
	size_t half = count / 2;

	if (!count)
		return true;
	if (write_once(tables, postgres, rows, count, renew_incarnation, counts, error))
		return true;
	if (error->fault != POSTGRES_DATA)
		return false;
	if (count == 1) {
		set_aside(rows[0], error);
		counts->refused++;
		return true;
	}
	return tables_write(tables, postgres, rows, half, renew_incarnation, counts, error) &&
	       tables_write(tables, postgres, rows + half, count - half, renew_incarnation, counts,
			    error);
}
