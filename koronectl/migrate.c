/* migrate.c - `koronectl migrate`: applies the recorder's migrations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/command_socket.h"
#include "common/database/migrations.h"
#include "common/database/privacy_requests.h"
#include "koronectl/answer.h"
#include "koronectl/ask.h"
#include "koronectl/command.h"

#define TIMEOUT_MS 15000

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

/* The recorder applies its migrations before it listens. */
static int ask_recorder(const struct settings *settings)
{
	static const char *const words[] = { "migrations" };
	struct buffer answer = { 0 };
	char *path = ask_socket_path(settings, "recorder");
	struct why why;
	bool good;

	good = command_socket_ask(path, words, 1, TIMEOUT_MS, &answer, &why);
	if (good)
		answer_print(stdout, buffer_text(&answer), buffer_unread_size(&answer));
	else
		fprintf(stderr, "the recorder does not answer, and DATABASE_URL is not set: %s\n",
			why.text);
	free(path);
	buffer_finish(&answer);
	return good ? EX_OK : EX_UNAVAILABLE;
}

int command_migrate(const struct settings *settings, int argc, char **argv)
{
	bool dry_run = argc == 2 && !strcmp(argv[1], "--dry-run"), good;
	struct postgres_error error;
	struct postgres *postgres;

	if (argc > 2 || (argc == 2 && !dry_run))
		return usage_error("migrate", "only --dry-run is known");
	if (!*settings->database_url)
		return ask_recorder(settings);
	if (!postgres_url_is_valid(settings->database_url)) {
		fputs("DATABASE_URL: is not a libpq URI\n", stderr);
		return EX_CONFIG;
	}
	postgres = postgres_connect(settings->database_url, "koronectl", -1, &error);
	good = postgres && migrations_apply(postgres, dry_run, report, &dry_run, &error);
	if (!good)
		fprintf(stderr, "DATABASE_URL: %s; nothing was changed\n", error.text);
	postgres_close(postgres);
	return good ? EX_OK : EX_UNAVAILABLE;
}
