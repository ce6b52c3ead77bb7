/* tables.c - builds the statements once per connection, fills their parameters, and reads
 * outcomes. */
#include "recorder/tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/database/array.h"
#include "common/database/state.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "recorder/statements.h"

#define LOG_SUBSYSTEM "tables"

#define COLUMNS_MAX 7
#define TEXTS_MAX 4
#define KINDS 3
#define RUNS (2 * KINDS)           /* one for each table and kind */
#define FIXED_STEPS_MAX (RUNS + 3) /* lock, write marker, runs, renewal */

/* SHARE conflicts with the INSERT in forget_user(): either the objection is seen here, or the
 * deletion sees what is written here. */
static const char lock_sql[] = "LOCK TABLE objections IN SHARE MODE";
static const char migrate_sql[] = "SELECT migrate_chat($1::bigint, $2::bigint),"
				  " migrate_objection($3::bytea, $2::bigint, $4::bytea)";

struct table {
	enum sighting_scope scope;
	const char *name;
	const char *statements[KINDS];
	const char *careful; /* the statement for when others write as well */
	const char *texts[TEXTS_MAX + 1];
	size_t offsets[TEXTS_MAX]; /* in struct sighting */
};

static const struct table users_table = {
	.scope = SIGHTING_USER,
	.name = "users",
	.statements = { "users", "fresh users", "stored users" },
	.careful = "careful users",
	.texts = { "username", "first_name", "last_name", "language_code" },
	.offsets = { offsetof(struct sighting, username), offsetof(struct sighting, first_name),
		     offsetof(struct sighting, last_name),
		     offsetof(struct sighting, language_code) },
};

static const struct table groups_table = {
	.scope = SIGHTING_GROUP,
	.name = "groups",
	.statements = { "groups", "fresh groups", "stored groups" },
	.careful = "careful groups",
	.texts = { "username", "title", "type" },
	.offsets = { offsetof(struct sighting, username), offsetof(struct sighting, title),
		     offsetof(struct sighting, type) },
};

/* A run of rows of one scope and kind, and their parameters. */
struct run {
	const struct table *table;
	enum row_kind kind;
	struct row *const *rows;
	size_t count;
	size_t columns, ends[COLUMNS_MAX]; /* in the bytes of all */
	struct postgres_value values[COLUMNS_MAX];
	struct postgres_step *step; /* in the transaction; NULL: no rows */
};

struct migration_values {
	char old_id[24], new_id[24];
	struct postgres_value values[4];
};

/* Rows as parameters, and the steps of the transaction that writes them. */
struct transaction {
	struct row *const *rows; /* NULL: none */
	size_t count;
	struct run runs[RUNS]; /* in the order of row_compare() */
	struct buffer bytes;   /* of all columns */
	struct migration_values *migrations;
	size_t migrations_count;
	struct postgres_step *steps;
	size_t steps_count, steps_capacity;
};

struct tables {
	struct transaction transactions[2];
	struct transaction *next, *sent;
	/* until tables_take_released() */
	int64_t *released;
	size_t released_count, released_capacity;
};

struct tables *tables_create(void)
{
	struct tables *tables = xmalloc(sizeof(*tables));

	tables->next = &tables->transactions[0];
	tables->sent = &tables->transactions[1];
	for (size_t i = 0; i < 2 * RUNS; i++) {
		struct run *run = &tables->transactions[i / RUNS].runs[i % RUNS];

		run->table = i % RUNS < KINDS ? &users_table : &groups_table;
		run->kind = (enum row_kind)(i % KINDS);
	}
	return tables;
}

static void finish_transaction(struct transaction *transaction)
{
	buffer_finish(&transaction->bytes);
	free(transaction->migrations);
	free(transaction->steps);
}

void tables_destroy(struct tables *tables)
{
	if (!tables)
		return;
	finish_transaction(tables->next);
	finish_transaction(tables->sent);
	free(tables->released);
	free(tables);
}

/* --- statements --- */

static bool prepare(struct postgres *postgres, const char *name, struct buffer *sql,
		    struct postgres_error *error)
{
	bool good = postgres_prepare(postgres, name, buffer_text(sql), error);

	buffer_clear(sql);
	return good;
}

static bool prepare_table(struct postgres *postgres, const struct table *table,
			  struct postgres_error *error)
{
	const struct statement_table columns = { table->name, table->texts };
	const char *const *statements = table->statements;
	struct buffer sql = { 0 };
	bool good;

	statement_unsure(&sql, &columns, false);
	good = prepare(postgres, statements[ROW_UNSURE], &sql, error);
	statement_fresh(&sql, &columns);
	good = good && prepare(postgres, statements[ROW_FRESH], &sql, error);
	statement_stored(&sql, &columns);
	good = good && prepare(postgres, statements[ROW_STORED], &sql, error);
	statement_unsure(&sql, &columns, true);
	good = good && prepare(postgres, table->careful, &sql, error);
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
	const struct row *a = *(struct row *const *)left, *b = *(struct row *const *)right;

	if (a->seen.scope != b->seen.scope)
		return a->seen.scope < b->seen.scope ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (a->seen.id > b->seen.id) - (a->seen.id < b->seen.id);
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

static void fill_columns(struct run *run, struct buffer *out)
{
	const struct table *table = run->table;
	size_t columns = 0;

	fill_ids(run, out);
	run->ends[columns++] = out->size;
	for (size_t i = 0; table->texts[i]; i++) {
		fill_texts(run, out, table->offsets[i]);
		run->ends[columns++] = out->size;
	}
	fill_times(run, out);
	run->ends[columns++] = out->size;
	fill_hashes(run, out);
	run->ends[columns++] = out->size;
	run->columns = columns;
}

/* The bytes have their final address once all columns are filled. */
static size_t point_to_columns(struct run *run, const struct buffer *bytes, size_t start)
{
	for (size_t i = 0; i < run->columns; i++) {
		run->values[i] = bytes_value(bytes->data + start, run->ends[i] - start);
		start = run->ends[i];
	}
	return start;
}

static void fill_migration(const struct row *row, struct migration_values *out)
{
	snprintf(out->old_id, sizeof(out->old_id), "%" PRId64, row->seen.id);
	snprintf(out->new_id, sizeof(out->new_id), "%" PRId64, row->seen.new_id);
	out->values[0] = postgres_text(out->old_id);
	out->values[1] = postgres_text(out->new_id);
	out->values[2] = bytes_value(row->id_hash, ID_HASH_SIZE);
	out->values[3] = bytes_value(row->new_id_hash, ID_HASH_SIZE);
}

/* The number of rows at the front that belong to the run. */
static size_t count_run(const struct run *run, struct row *const *rows, size_t count)
{
	size_t same = 0;

	while (same < count && rows[same]->seen.scope == run->table->scope &&
	       rows[same]->kind == run->kind)
		same++;
	return same;
}

static size_t count_migrations(struct row *const *rows, size_t count)
{
	size_t others = count;

	while (others > 0 && rows[others - 1]->seen.scope == SIGHTING_MIGRATION)
		others--;
	return count - others;
}

static void reserve(struct transaction *transaction, size_t migrations)
{
	transaction->migrations_count = migrations;
	if (migrations + FIXED_STEPS_MAX <= transaction->steps_capacity)
		return;
	transaction->steps_capacity = migrations + FIXED_STEPS_MAX;
	transaction->steps = xreallocarray(transaction->steps, transaction->steps_capacity,
					   sizeof(*transaction->steps));
	transaction->migrations = xreallocarray(transaction->migrations,
						transaction->steps_capacity,
						sizeof(*transaction->migrations));
}

static void fill(struct transaction *transaction, struct row *const *rows, size_t count)
{
	size_t at = 0, start = 0;

	transaction->rows = rows;
	transaction->count = count;
	buffer_clear(&transaction->bytes);
	for (size_t i = 0; i < RUNS; i++) {
		struct run *run = &transaction->runs[i];

		run->rows = rows + at;
		run->count = count_run(run, run->rows, count - at);
		run->columns = 0;
		if (run->count)
			fill_columns(run, &transaction->bytes);
		at += run->count;
	}
	for (size_t i = 0; i < RUNS; i++)
		start = point_to_columns(&transaction->runs[i], &transaction->bytes, start);
	reserve(transaction, count_migrations(rows, count));
	for (size_t i = 0; i < transaction->migrations_count; i++)
		fill_migration(rows[at + i], &transaction->migrations[i]);
}

void tables_fill(struct tables *tables, struct row *const *rows, size_t count)
{
	fill(tables->next, rows, count);
}

/* --- sending --- */

static struct postgres_step *add_step(struct transaction *transaction)
{
	return &transaction->steps[transaction->steps_count++];
}

static void add_run(struct transaction *transaction, struct run *run, bool careful)
{
	const struct table *table = run->table;

	run->step = run->count ? add_step(transaction) : NULL;
	if (run->count)
		*run->step = (struct postgres_step) {
			.name = careful ? table->careful : table->statements[run->kind],
			.values = run->values,
			.values_count = (int)run->columns,
		};
}

static void add_steps(struct transaction *transaction, enum tables_mode mode)
{
	transaction->steps_count = 0;
	*add_step(transaction) = (struct postgres_step) { .name = "lock" };
	if (mode & TABLES_NOTE)
		*add_step(transaction) = (struct postgres_step) { .sql = state_note_sql };
	for (size_t i = 0; i < RUNS; i++)
		add_run(transaction, &transaction->runs[i], mode & TABLES_CAREFUL);
	for (size_t i = 0; i < transaction->migrations_count; i++)
		*add_step(transaction) = (struct postgres_step) {
			.name = "migrate",
			.values = transaction->migrations[i].values,
			.values_count = COUNT_OF(transaction->migrations[i].values),
		};
	if (mode & TABLES_RENEW)
		*add_step(transaction) = (struct postgres_step) { .sql = state_renew_sql };
}

bool tables_send(struct tables *tables, struct postgres *postgres, struct row *const *rows,
		 size_t count, enum tables_mode mode, struct postgres_error *error)
{
	struct transaction *transaction = tables->next;

	if (transaction->rows != rows || transaction->count != count)
		fill(transaction, rows, count);
	add_steps(transaction, mode);
	tables->next = tables->sent;
	tables->next->rows = NULL;
	tables->sent = transaction;
	return postgres_transaction_send(postgres, transaction->steps, transaction->steps_count,
					 error);
}

/* --- receiving --- */

static void mark_objected(struct run *run, const char *ids)
{
	size_t at = 0;

	while (ids && *ids) {
		char *end;
		int64_t id = strtoll(ids, &end, 10);

		/* They come in the order of the rows, being a scan of what we sent; if not, search
		 * from the front. */
		for (size_t tried = 0; tried < run->count; tried++, at = (at + 1) % run->count)
			if (run->rows[at]->seen.id == id) {
				run->rows[at]->outcome = ROW_OPTED_OUT;
				break;
			}
		ids = *end ? end + 1 : end;
	}
}

static size_t count_written(const struct run *run)
{
	if (run->kind == ROW_FRESH)
		return postgres_affected(run->step->result);
	return strtoull(postgres_field(run->step->result, 0, 0), NULL, 10);
}

static void set_run_outcomes(struct run *run, struct batch_counts *counts)
{
	size_t written, opted_out = 0;

	if (!run->step)
		return;
	written = count_written(run);
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

		array_reserve(tables->released, &tables->released_capacity,
			      tables->released_count + 1);
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

/* A row that was taken for fresh or stored was left out: the careful statement has to tell which
 * one and why. */
static bool check_kinds(const struct transaction *transaction, struct postgres_error *error)
{
	for (size_t i = 0; i < RUNS; i++) {
		const struct run *run = &transaction->runs[i];

		if (!run->step || run->kind == ROW_UNSURE || count_written(run) == run->count)
			continue;
		*error = (struct postgres_error) { .fault = POSTGRES_DATA };
		snprintf(error->text, sizeof(error->text), "a row is not as it was known");
		return false;
	}
	return true;
}

static void set_outcomes(struct transaction *transaction, struct batch_counts *counts)
{
	for (size_t i = 0; i < RUNS; i++)
		set_run_outcomes(&transaction->runs[i], counts);
	for (size_t i = transaction->count - transaction->migrations_count; i < transaction->count;
	     i++)
		transaction->rows[i]->outcome = ROW_WRITTEN;
	counts->written += transaction->migrations_count;
}

bool tables_receive(struct tables *tables, struct postgres *postgres, struct batch_counts *counts,
		    struct postgres_error *error)
{
	struct transaction *transaction = tables->sent;
	bool good = postgres_transaction_receive(postgres, transaction->steps,
						 transaction->steps_count, error);

	for (size_t i = 0; good && i < RUNS; i++)
		note_released(tables, &transaction->runs[i]);
	good = good && check_kinds(transaction, error);
	if (good)
		set_outcomes(transaction, counts);
	for (size_t i = 0; i < transaction->steps_count; i++)
		postgres_result_free(transaction->steps[i].result);
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

static void quarantine(struct row *row, const struct postgres_error *error)
{
	static const char *const scopes[] = { "user", "group", "migration" };

	row->outcome = ROW_REFUSED;
	log_error("Postgres refuses a row; going on without it",
		  log_text("scope", scopes[row->seen.scope]), log_signed("id", row->seen.id),
		  log_text("sqlstate", error->sqlstate));
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
		quarantine(rows[0], error);
		counts->refused++;
		return true;
	}
	return tables_write(tables, postgres, rows, half, mode, counts, error) &&
	       tables_write(tables, postgres, rows + half, count - half, mode, counts, error);
}
