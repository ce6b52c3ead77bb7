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
#define TEXTS_MAX 4
#define FIXED_STEPS_MAX 5 /* lock, note, users, groups, renewal */

/* SHARE conflicts with the INSERT of forget_user(): either the objection is seen here, or the
 * deletion sees what is written here. */
static const char lock_sql[] = "LOCK TABLE objections IN SHARE MODE";
static const char migrate_sql[] = "SELECT migrate_chat($1::bigint, $2::bigint),"
				  " migrate_objection($3::bytea, $2::bigint, $4::bytea)";

struct table {
	const char *name;         /* of the statement too */
	const char *careful_name; /* of the statement for when somebody else writes as well */
	const char *texts[TEXTS_MAX + 1];
	size_t offsets[TEXTS_MAX]; /* in struct sighting */
};

static const struct table users_table = {
	.name = "users",
	.careful_name = "users_careful",
	.texts = { "username", "first_name", "last_name", "language_code" },
	.offsets = { offsetof(struct sighting, username), offsetof(struct sighting, first_name),
		     offsetof(struct sighting, last_name),
		     offsetof(struct sighting, language_code) },
};

static const struct table groups_table = {
	.name = "groups",
	.careful_name = "groups_careful",
	.texts = { "username", "title", "type" },
	.offsets = { offsetof(struct sighting, username), offsetof(struct sighting, title),
		     offsetof(struct sighting, type) },
};

/* A run of rows of one scope and the parameters made of it. */
struct run {
	const struct table *table;
	struct row *const *rows;
	size_t count;
	struct buffer columns[COLUMNS_MAX];
	struct postgres_value values[COLUMNS_MAX];
	struct postgres_step *step; /* of the transaction; NULL: no rows */
};

struct migration_values {
	char old_id[24], new_id[24];
	struct postgres_value values[4];
};

struct tables {
	struct run users, groups;
	/* of the transaction that is sent */
	struct row *const *rows;
	size_t count;
	struct postgres_step *steps;
	size_t steps_count, steps_capacity;
	struct migration_values *migrations;
	size_t migrations_count;
	/* until they are taken */
	int64_t *released;
	size_t released_count, released_capacity;
};

struct tables *tables_create(void)
{
	struct tables *tables = xmalloc(sizeof(*tables));

	tables->users.table = &users_table;
	tables->groups.table = &groups_table;
	return tables;
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
	free(tables->migrations);
	free(tables->released);
	free(tables);
}

/* --- statements --- */

/* "s.username, s.first_name, …" */
static void add_columns(struct buffer *out, const struct table *table, const char *of)
{
	for (size_t i = 0; table->texts[i]; i++)
		buffer_printf(out, "%s%s%s", i ? ", " : "", of, table->texts[i]);
}

/* What differs is looked up row by row by index (lateral), for ON CONFLICT … WHERE alone would lock
 * every unchanged row and write WAL for it. Objections too are looked up that way: for EXISTS the
 * planner reads all of them for each batch. */
static void add_seen(struct buffer *out, const struct table *table)
{
	size_t number = 2;

	buffer_printf(out,
		      "WITH seen AS MATERIALIZED (SELECT s.*, o.hash IS NOT NULL AS objected,"
		      " k.id IS NULL AS is_new, coalesce(s.username, '') <> '' AND (k.id IS NULL OR"
		      " lower(k.username) IS DISTINCT FROM lower(s.username)) AS claims"
		      " FROM unnest($1::bigint[]");
	for (size_t i = 0; table->texts[i]; i++)
		buffer_printf(out, ", $%zu::text[]", number++);
	buffer_printf(out, ", $%zu::timestamptz[], $%zu::bytea[]) AS s(id, ", number, number + 1);
	add_columns(out, table, "");
	buffer_printf(
		out,
		", registered_at, hash)"
		" LEFT JOIN LATERAL (SELECT * FROM objections o WHERE o.hash = s.hash LIMIT 1) o"
		" ON true"
		" LEFT JOIN LATERAL (SELECT * FROM %s k WHERE k.id = s.id LIMIT 1) k ON true"
		" WHERE o.hash IS NOT NULL OR k.id IS NULL OR s.registered_at < k.registered_at"
		" OR (",
		table->name);
	add_columns(out, table, "k.");
	buffer_printf(out, ") IS DISTINCT FROM (");
	add_columns(out, table, "s.");
	buffer_printf(out, "))");
}

static void add_conflict(struct buffer *out, const struct table *table)
{
	buffer_printf(out, " ON CONFLICT (id) DO UPDATE SET (");
	add_columns(out, table, "");
	buffer_printf(out, ", registered_at) = (");
	add_columns(out, table, "excluded.");
	buffer_printf(out, ", least(t.registered_at, excluded.registered_at))");
}

/* A username belongs to one account at a time, whoever was seen with it last: its holder before
 * loses it. Who is in this batch too is written with the username that is right for it (names.h).
 */
static void add_release(struct buffer *out, const char *table)
{
	buffer_printf(out,
		      ", released_%s AS (UPDATE %s r SET username = NULL FROM seen s WHERE s.claims"
		      " AND lower(r.username) = lower(s.username) AND r.id <> s.id"
		      " AND r.id <> ALL ($1::bigint[]) RETURNING r.id)",
		      table, table);
}

/* Gives how many rows were written, the ids of those who objected, and of those who lost their
 * username to what was written. Who holds the lock of the
 * active recorder is nearly alone in adding rows, so that ON CONFLICT, which looks each id up once
 * more, is for when that went wrong. */
static void write_statement(struct buffer *out, const struct table *table, bool careful)
{
	buffer_clear(out);
	add_seen(out, table);
	buffer_printf(out, ", added AS (INSERT INTO %s AS t (id, ", table->name);
	add_columns(out, table, "");
	buffer_printf(out, ", registered_at) SELECT s.id, ");
	add_columns(out, table, "s.");
	buffer_printf(out, ", s.registered_at FROM seen s WHERE s.is_new AND NOT s.objected");
	if (careful)
		add_conflict(out, table);
	buffer_printf(out, " RETURNING 1), changed AS (UPDATE %s t SET (", table->name);
	add_columns(out, table, "");
	buffer_printf(out, ", registered_at) = (");
	add_columns(out, table, "s.");
	buffer_printf(out, ", least(t.registered_at, s.registered_at)) FROM seen s"
			   " WHERE NOT s.is_new AND NOT s.objected AND t.id = s.id RETURNING 1)");
	add_release(out, "users");
	add_release(out, "groups");
	buffer_append_text(out,
			   " SELECT (SELECT count(*) FROM added) + (SELECT count(*) FROM changed),"
			   " (SELECT string_agg(id::text, ' ') FROM seen WHERE objected),"
			   " (SELECT string_agg(id::text, ' ') FROM (SELECT id FROM released_users"
			   " UNION ALL SELECT id FROM released_groups) r)");
}

static bool prepare_table(struct postgres *postgres, const struct table *table,
			  struct postgres_error *error)
{
	struct buffer sql = { 0 };
	bool good;

	write_statement(&sql, table, false);
	good = postgres_prepare(postgres, table->name, buffer_text(&sql), error);
	write_statement(&sql, table, true);
	good = good && postgres_prepare(postgres, table->careful_name, buffer_text(&sql), error);
	buffer_finish(&sql);
	return good;
}

bool tables_prepare(struct postgres *postgres, struct postgres_error *error)
{
	return postgres_prepare(postgres, "lock", lock_sql, error) &&
	       postgres_prepare(postgres, "migrate", migrate_sql, error) &&
	       prepare_table(postgres, &users_table, error) &&
	       prepare_table(postgres, &groups_table, error);
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

static struct text text_at(const struct row *row, size_t offset)
{
	if (row->name_lost && offset == offsetof(struct sighting, username))
		return (struct text) { 0 };
	return *(const struct text *)((const char *)&row->seen + offset);
}

static void fill_texts(struct run *run, struct buffer *out, size_t offset)
{
	array_start(out, ARRAY_OID_TEXT, run->count);
	for (size_t i = 0; i < run->count; i++)
		array_bytes(out, text_at(run->rows[i], offset));
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

static struct postgres_value bytes_value(const void *bytes, size_t size)
{
	return (struct postgres_value) { .data = bytes, .size = (int)size, .binary = true };
}

static void fill_run(struct run *run, bool careful, struct postgres_step *step)
{
	const struct table *table = run->table;
	size_t columns = 0;

	fill_ids(run, &run->columns[columns++]);
	for (size_t i = 0; table->texts[i]; i++)
		fill_texts(run, &run->columns[columns++], table->offsets[i]);
	fill_times(run, &run->columns[columns++]);
	fill_hashes(run, &run->columns[columns++]);
	for (size_t i = 0; i < columns; i++)
		run->values[i] = bytes_value(run->columns[i].data, run->columns[i].size);
	*step = (struct postgres_step) { .name = careful ? table->careful_name : table->name,
					 .values = run->values,
					 .values_count = (int)columns };
}

/* --- a transaction --- */

static void fill_migration(const struct row *row, struct migration_values *out,
			   struct postgres_step *step)
{
	snprintf(out->old_id, sizeof(out->old_id), "%" PRId64, row->seen.id);
	snprintf(out->new_id, sizeof(out->new_id), "%" PRId64, row->seen.new_id);
	out->values[0] = postgres_text(out->old_id);
	out->values[1] = postgres_text(out->new_id);
	out->values[2] = bytes_value(row->id_hash, ID_HASH_SIZE);
	out->values[3] = bytes_value(row->new_id_hash, ID_HASH_SIZE);
	*step = (struct postgres_step) { .name = "migrate",
					 .values = out->values,
					 .values_count = COUNT_OF(out->values) };
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

static void settle_run(struct run *run, struct batch_counts *counts)
{
	size_t written, opted_out = 0;

	if (!run->step)
		return;
	written = strtoull(postgres_field(run->step->result, 0, 0), NULL, 10);
	mark_objected(run, postgres_field(run->step->result, 0, 1));
	for (size_t i = 0; i < run->count; i++)
		if (run->rows[i]->outcome == ROW_OPTED_OUT)
			opted_out++;
		else
			run->rows[i]->outcome = ROW_WRITTEN;
	counts->opted_out += opted_out;
	counts->written += written;
	counts->unchanged += run->count - opted_out - written;
}

static void note_released(struct tables *tables, const struct run *run)
{
	const char *ids = run->step ? postgres_field(run->step->result, 0, 2) : NULL;

	while (ids && *ids) {
		char *end;
		int64_t id = strtoll(ids, &end, 10);

		if (tables->released_count == tables->released_capacity) {
			tables->released_capacity = 2 * tables->released_capacity + 16;
			tables->released = xreallocarray(tables->released,
							 tables->released_capacity,
							 sizeof(*tables->released));
		}
		tables->released[tables->released_count++] = id;
		ids = *end ? end + 1 : end;
	}
}

const int64_t *tables_take_released(struct tables *tables, size_t *count)
{
	*count = tables->released_count;
	tables->released_count = 0;
	return tables->released;
}

static struct postgres_step *add_step(struct tables *tables)
{
	return &tables->steps[tables->steps_count++];
}

static void reserve(struct tables *tables, size_t migrations)
{
	tables->steps_count = 0;
	if (migrations + FIXED_STEPS_MAX > tables->steps_capacity) {
		tables->steps_capacity = migrations + FIXED_STEPS_MAX;
		tables->steps = xreallocarray(tables->steps, tables->steps_capacity,
					      sizeof(*tables->steps));
		tables->migrations = xreallocarray(tables->migrations, tables->steps_capacity,
						   sizeof(*tables->migrations));
	}
}

static void add_run(struct tables *tables, struct run *run, struct row *const *rows, size_t count,
		    bool careful)
{
	run->rows = rows;
	run->count = count;
	run->step = count ? add_step(tables) : NULL;
	if (count)
		fill_run(run, careful, run->step);
}

static void fill_steps(struct tables *tables, struct row *const *rows, size_t count,
		       enum tables_mode mode)
{
	size_t users = count_scope(rows, count, SIGHTING_USER);
	size_t groups = count_scope(rows + users, count - users, SIGHTING_GROUP);

	tables->rows = rows;
	tables->count = count;
	tables->migrations_count = count - users - groups;
	reserve(tables, tables->migrations_count);
	*add_step(tables) = (struct postgres_step) { .name = "lock" };
	if (mode & TABLES_NOTE)
		*add_step(tables) = (struct postgres_step) { .sql = state_note_sql };
	add_run(tables, &tables->users, rows, users, mode & TABLES_CAREFUL);
	add_run(tables, &tables->groups, rows + users, groups, mode & TABLES_CAREFUL);
	for (size_t i = 0; i < tables->migrations_count; i++)
		fill_migration(rows[users + groups + i], &tables->migrations[i], add_step(tables));
	if (mode & TABLES_RENEW)
		*add_step(tables) = (struct postgres_step) { .sql = state_renew_sql };
}

bool tables_send(struct tables *tables, struct postgres *postgres, struct row *const *rows,
		 size_t count, enum tables_mode mode, struct postgres_error *error)
{
	fill_steps(tables, rows, count, mode);
	return postgres_transaction_send(postgres, tables->steps, tables->steps_count, error);
}

bool tables_receive(struct tables *tables, struct postgres *postgres, struct batch_counts *counts,
		    struct postgres_error *error)
{
	bool good = postgres_transaction_receive(postgres, tables->steps, tables->steps_count,
						 error);

	if (good) {
		settle_run(&tables->users, counts);
		settle_run(&tables->groups, counts);
		note_released(tables, &tables->users);
		note_released(tables, &tables->groups);
		for (size_t i = tables->count - tables->migrations_count; i < tables->count; i++)
			tables->rows[i]->outcome = ROW_WRITTEN;
		counts->written += tables->migrations_count;
	}
	for (size_t i = 0; i < tables->steps_count; i++)
		postgres_result_free(tables->steps[i].result);
	return good;
}

static bool write_once(struct tables *tables, struct postgres *postgres, struct row *const *rows,
		       size_t count, enum tables_mode mode, struct batch_counts *counts,
		       struct postgres_error *error)
{
	return tables_send(tables, postgres, rows, count, mode, error) &&
	       tables_receive(tables, postgres, counts, error);
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
		  size_t count, enum tables_mode mode, struct batch_counts *counts,
		  struct postgres_error *error)
{
	size_t half = count / 2;

	if (!count || write_once(tables, postgres, rows, count, mode, counts, error))
		return true;
	if (error->fault != POSTGRES_DATA)
		return false;
	if (count == 1) {
		set_aside(rows[0], error);
		counts->refused++;
		return true;
	}
	return tables_write(tables, postgres, rows, half, mode, counts, error) &&
	       tables_write(tables, postgres, rows + half, count - half, mode, counts, error);
}
