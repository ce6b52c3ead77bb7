/* main.c - korone-worker: a pool of processes that handle updates and send the answers.
 *
 *     parent (this process) -+- nursery -+- child … child   handlers
 *                                        +- sender          all calls to Telegram
 *                                        +- fetcher         what handlers ask other hosts
 */
#include <string.h>

#include "common/buffer.h"
#include "common/capture.h"
#include "common/database/check.h"
#include "common/files.h"
#include "common/program.h"
#include "workers/child/nursery.h"
#include "workers/fetcher/fetcher.h"
#include "workers/modules/modules.h"
#include "workers/parent/parent.h"
#include "workers/wire/fetch_allow.h"
#include "workers/wire/nursery.h"

#define LOG_SUBSYSTEM "main"
#include "common/log.h"

/* When a pool starts, the nursery checks the rest: the parent never runs a module. */
static bool check(const struct settings *settings, bool only, FILE *faults)
{
	bool good = stores_check(settings, faults);
	struct fetch_allow allow;
	struct why why;

	if (!fetch_allow_parse(settings->fetch_allow, &allow, &why)) {
		fprintf(faults, "%s\n", why.text);
		good = false;
	}
	if (!only || nursery_check(compiled_modules, settings, stdout, &why))
		return good;
	fprintf(faults, "%s\n", why.text);
	return false;
}

static const struct program program = {
	.name = "korone-worker",
	.process = "worker",
	.id = PROGRAM_WORKER,
	.summary = "A pool: handles the updates that ingress gives it, and answers them.",
	.check = check,
	.on_hangup = "Changes to the program that is installed now, without losing an update; "
		     "settings stay as they were at the start.",
};

static void catch_own_crashes(const struct settings *settings)
{
	struct buffer directory = { 0 };
	struct why why;

	buffer_printf(&directory, "%s/worker", settings->state_dir);
	if (!directory_make(buffer_text(&directory), &why))
		fatal(EX_CONFIG, "cannot use KORONE_STATE_DIR", log_text("error", why.text));
	if (!capture_install_file(buffer_text(&directory), "pool", &why))
		log_warn("going on without crash captures of this process",
			 log_text("error", why.text));
	buffer_finish(&directory);
}

int main(int argc, char **argv)
{
	const struct settings *settings;

	program_harden();
	if (argc == 2 && !strcmp(argv[1], NURSERY_OPTION))
		return nursery_main(compiled_modules);
	if (argc == 2 && !strcmp(argv[1], FETCHER_OPTION))
		return fetcher_main();
	settings = program_start(&program, argc, argv);
	catch_own_crashes(settings);
	return parent_run(settings);
}
