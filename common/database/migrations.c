/* migrations.c - applies the embedded SQL files in order and records each in the table of
 * migrations. */
#include "common/database/migrations.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/database/hash.h"
#include "common/xalloc.h"

#define PATIENCE_MS (30 * 60 * 1000)
#define SERVER_VERSION_MIN 140000 /* idle_session_timeout */
#define NUMBER_TEXT 16

struct migration {
	const char *name; /* "0001_tables": the number is the version */
	const char *sql;
};

static const struct migration migrations[] = {
#include "migrations.inc"
};

/* One lock per schema, because two bots may share a database. The search path is pinned for the
 * functions, which take it from here (SET search_path FROM CURRENT). */
static const char lock_sql[] =
	"BEGIN;"
	"SET LOCAL statement_timeout = 0;"
	"SET LOCAL lock_timeout = 0;"
	"SET LOCAL idle_in_transaction_session_timeout = 0;"
	"SELECT pg_advisory_xact_lock(hashtextextended('korone migrations ' || current_schema(), "
	"0));"
	"SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)";

static const char table_sql[] =
	"CREATE TABLE schema_migrations ("
	" version integer PRIMARY KEY,"
	" checksum text NOT NULL,"
	" min_program integer NOT NULL,"
	" applied_at timestamptz NOT NULL DEFAULT now());"
	"COMMENT ON TABLE schema_migrations IS 'Which numbered SQL files made this schema.';"
	"COMMENT ON COLUMN schema_migrations.version IS 'number of the file';"
	"COMMENT ON COLUMN schema_migrations.checksum IS 'SHA-256 of the file';"
	"COMMENT ON COLUMN schema_migrations.min_program IS"
	" 'a program whose newest migration has a lower number cannot work with this schema';"
	"COMMENT ON COLUMN schema_migrations.applied_at IS 'when it was applied'";

static int version_of(const struct migration *migration)
{
	return atoi(migration->name);
}

static int min_program_of(const struct migration *migration)
{
	static const char mark[] = "-- min_program: ";

	return strncmp(migration->sql, mark, sizeof(mark) - 1)
		       ? version_of(migration)
		       : atoi(migration->sql + sizeof(mark) - 1);
}

static int newest_version(void)
{
	return version_of(&migrations[COUNT_OF(migrations) - 1]);
}

static bool refuse(struct postgres_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool refuse(struct postgres_error *error, const char *format, ...)
{
	va_list arguments;

	*error = (struct postgres_error) { .fault = POSTGRES_REFUSED };
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return false;
}

/* Checks the server's version, and whether the table of migrations exists. */
static bool check_server(struct postgres *postgres, bool *has_table, struct postgres_error *error)
{
	struct postgres_result *result = postgres_query(
		postgres,
		"SELECT current_setting('server_version_num'), current_setting('server_encoding'),"
		" current_schema(), to_regclass('schema_migrations')",
		NULL, 0, error);
	bool good = true;

	if (!result)
		return false;
	if (atoi(postgres_field(result, 0, 0)) < SERVER_VERSION_MIN)
		good = refuse(error, "the server is too old; PostgreSQL 14 or newer is needed");
	else if (strcmp(postgres_field(result, 0, 1), "UTF8"))
		good = refuse(error, "the database's encoding is %s; create it with UTF8",
			      postgres_field(result, 0, 1));
	else if (!postgres_field(result, 0, 2))
		good = refuse(error, "the schema of the search path does not exist; create it");
	*has_table = postgres_field(result, 0, 3) != NULL;
	postgres_result_free(result);
	return good;
}

static bool check_min_program(const struct postgres_result *applied, struct postgres_error *error)
{
	for (int i = 0; i < postgres_rows(applied); i++)
		if (atoi(postgres_field(applied, i, 2)) > newest_version())
			return refuse(error,
				      "the schema (migration %s) needs a newer program than this "
				      "(%d); upgrade it",
				      postgres_field(applied, i, 0), newest_version());
	return true;
}

static enum migration_state state_of(const struct migration *migration, const char *checksum,
				     const struct postgres_result *applied)
{
	for (int i = 0; applied && i < postgres_rows(applied); i++)
		if (atoi(postgres_field(applied, i, 0)) == version_of(migration))
			return strcmp(postgres_field(applied, i, 1), checksum) ? MIGRATION_CHANGED
									       : MIGRATION_APPLIED;
	return MIGRATION_PENDING;
}

static bool apply(struct postgres *postgres, const struct migration *migration,
		  const char *checksum, struct postgres_error *error)
{
	char version[NUMBER_TEXT], min_program[NUMBER_TEXT];
	struct postgres_value values[] = { postgres_text(version), postgres_text(checksum),
					   postgres_text(min_program) };
	struct postgres_result *result;

	snprintf(version, sizeof(version), "%d", version_of(migration));
	snprintf(min_program, sizeof(min_program), "%d", min_program_of(migration));
	if (!postgres_run(postgres, migration->sql, error))
		return false;
	result = postgres_query(postgres,
				"INSERT INTO schema_migrations (version, checksum, min_program)"
				" VALUES ($1::integer, $2, $3::integer)",
				values, COUNT_OF(values), error);
	postgres_result_free(result);
	return result != NULL;
}

static bool apply_all(struct postgres *postgres, bool dry_run, migrations_report_fn *report,
		      void *owner, struct postgres_error *error)
{
	struct postgres_result *applied = NULL;
	bool has_table, good;

	good = check_server(postgres, &has_table, error);
	if (good && has_table) {
		applied = postgres_query(
			postgres, "SELECT version, checksum, min_program FROM schema_migrations",
			NULL, 0, error);
		good = applied && check_min_program(applied, error);
	} else if (good && !dry_run) {
		good = postgres_run(postgres, table_sql, error);
	}
	for (size_t i = 0; good && i < COUNT_OF(migrations); i++) {
		const struct migration *migration = &migrations[i];
		enum migration_state state;
		char checksum[65];

		hash_sha256_hex(migration->sql, strlen(migration->sql), checksum);
		state = state_of(migration, checksum, applied);
		report(owner, migration->name, state);
		if (state == MIGRATION_PENDING && !dry_run)
			good = apply(postgres, migration, checksum, error);
	}
	postgres_result_free(applied);
	return good;
}

bool migrations_apply(struct postgres *postgres, bool dry_run, migrations_report_fn *report,
		      void *owner, struct postgres_error *error)
{
	struct postgres_error ignored;
	bool good;

	if (!dry_run)
		postgres_set_patience(postgres, PATIENCE_MS);
	good = postgres_run(postgres, lock_sql, error) &&
	       apply_all(postgres, dry_run, report, owner, error);
	if (good)
		good = postgres_run(postgres, dry_run ? "ROLLBACK" : "COMMIT", error);
	else if (error->fault != POSTGRES_LOST && error->fault != POSTGRES_STOPPED &&
		 !postgres_run(postgres, "ROLLBACK", &ignored))
		*error = ignored;
	if (!dry_run)
		postgres_set_patience(postgres, POSTGRES_PATIENCE_MS);
	return good;
}
