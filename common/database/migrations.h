/* migrations.h - brings the schema up to date: numbered SQL files embedded in the program.
 *
 * The first line of each file names the oldest program (by number of its newest migration) that
 * still works with the resulting schema. Only a schema that requires a newer program is refused;
 * other migrations that this program does not know are ignored. */
#ifndef COMMON_DATABASE_MIGRATIONS_H
#define COMMON_DATABASE_MIGRATIONS_H

#include <stdbool.h>

#include "common/database/postgres.h"

enum migration_state {
	MIGRATION_APPLIED, /* applied earlier */
	MIGRATION_CHANGED, /* applied earlier, from a file with different contents */
	MIGRATION_PENDING, /* being applied now, or would be */
};

/* Called once per migration of the program, in order. */
typedef void migrations_report_fn(void *owner, const char *name, enum migration_state state);

/* Applies all pending ones in one transaction under an advisory lock, so that programs that start
 * together wait for each other. With dry_run nothing is changed. */
MUST_CHECK bool migrations_apply(struct postgres *postgres, bool dry_run,
				 migrations_report_fn *report, void *owner,
				 struct postgres_error *error);

#endif
