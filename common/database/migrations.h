/* migrations.h - brings the schema up to date: numbered SQL files that are part of the program.
 *
 * Each file names in its first line the oldest program (by number of its newest migration) that can
 * still work with the schema after it. Only a schema that asks for a newer program is refused;
 * migrations that this program does not know are otherwise none of its business. */
#ifndef COMMON_DATABASE_MIGRATIONS_H
#define COMMON_DATABASE_MIGRATIONS_H

#include <stdbool.h>

#include "common/database/postgres.h"

enum migration_state {
	MIGRATION_APPLIED, /* earlier */
	MIGRATION_CHANGED, /* earlier, from a file with other contents */
	MIGRATION_PENDING, /* is applied now, or would be */
};

/* Called once per migration of the program, in order. */
typedef void migrations_report_fn(void *owner, const char *name, enum migration_state state);

/* All pending ones in one transaction under an advisory lock, so that programs that start together
 * wait for each other. With dry_run nothing is changed. */
MUST_CHECK bool migrations_apply(struct postgres *postgres, bool dry_run,
				 migrations_report_fn *report, void *owner,
				 struct postgres_error *error);

#endif
