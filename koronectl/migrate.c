/* migrate.c - `koronectl migrate`: the recorder's migrations, by hand. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "koronectl/command.h"
#include "recorder/migrations.h"

static void report(void *owner, const char *name, enum migration_state state)
{
	const bool *dry_run = owner;
	const char *word = "";

	switch (state) {
	case MIGRATION_APPLIED:
		word = "is applied";
		break;
	case MIGRATION_CHANGED:
		word = "is applied, from a file with other contents";
		break;
	case MIGRATION_PENDING:
		word = *dry_run ? "would be applied" : "applying";
		break;
	}
	printf("%-24s %s\n", name, word);
}

int command_migrate(const struct settings *settings, int argc, char **argv)
{
	bool dry_run = argc == 2 && !strcmp(argv[1], "--dry-run"), good;
	struct postgres_error error;
	struct postgres *postgres;

	if (argc > 2 || (argc == 2 && !dry_run))
		return usage_error("migrate", "only --dry-run is known");
	if (!postgres_url_is_valid(settings->database_url)) {
		fputs("DATABASE_URL: is not set, or is no libpq URI\n", stderr);
		return EX_CONFIG;
	}
	postgres = postgres_connect(settings->database_url, "koronectl", -1, &error);
	good = postgres && migrations_apply(postgres, dry_run, report, &dry_run, &error);
	if (!good)
		fprintf(stderr, "DATABASE_URL: %s; nothing was changed\n", error.text);
	postgres_close(postgres);
	return good ? EX_OK : EX_UNAVAILABLE;
}
