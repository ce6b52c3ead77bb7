/* run_modules.c - plays golden conversations to the modules and compares the bot's actions: no
 * network, no database. Prints TAP (https://testanything.org).
 *
 *     run-modules [--update] [FILE…]
 *     run-modules [--update] --in DIRECTORY…
 *     run-modules --crash-everywhere …
 *     run-modules --hostile-answers [FILE…]
 *
 * Each file is read line by line; what the bot does comes after the line that made it do so.
 * --update rewrites the files, and docs/options.md, with what the bot does now: review the diff
 * before committing it.
 * --crash-everywhere ends the process of each handler after each write and each call: crash.h.
 * --hostile-answers has all hosts that are asked answer what nobody expects: hostile.h.
 * Without FILE all of tests/modules and of the folders in it are played, or of other directories;
 * then each route of each module must have been reached. */
#include <getopt.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/signal_name.h"
#include "common/xalloc.h"
#include "tests/modules/check.h"
#include "tests/modules/crash.h"
#include "tests/modules/reached.h"
#include "tests/modules/reference.h"
#include "tests/modules/scratch.h"

#define CPU_SECONDS_MAX 60 /* of a file; the longest takes a hundredth of one */

#define CODE_NOTHING 2 /* there was nothing to check */

struct run {
	bool update, hostile;
	struct reached *reached;
	size_t number; /* of TAP lines */
	bool failed;
};

static void say(struct run *run, bool ok, const char *name, const char *why)
{
	if (!ok)
		run->failed = true;
	printf("%s %zu - %s\n", ok ? "ok" : "not ok", ++run->number, name);
	if (!ok && why[0])
		printf("# %s\n", why);
}

static _Noreturn void run_child(const struct run *run, const char *path)
{
	const struct rlimit limit = { CPU_SECONDS_MAX, CPU_SECONDS_MAX };
	struct why why = { "" };
	bool ok, concerned = true;

	setrlimit(RLIMIT_CPU, &limit);
	ok = run->hostile ? check_hostile(path, &concerned, &why)
			  : check_conversation(path, run->update, run->reached, &why);
	if (!ok)
		printf("# %s\n", why.text);
	fflush(stdout);
	if (!concerned)
		_exit(CODE_NOTHING);
	_exit(ok ? 0 : 1);
}

/* In a process of its own: a module that crashes ends only this conversation. */
static void run_file(struct run *run, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0)
		run_child(run, path);
	if (child < 0 || waitpid(child, &status, 0) != child)
		panic("no process for a conversation");
	if (WIFSIGNALED(status)) {
		char *why = xasprintf("the process that played it died of %s",
				      signal_name(WTERMSIG(status)));

		say(run, false, name, why);
		free(why);
	} else if (WEXITSTATUS(status) != CODE_NOTHING) {
		say(run, WEXITSTATUS(status) == 0, name, "");
	}
}

/* False when no file matches. */
static bool run_matching(struct run *run, const char *directory, const char *names)
{
	char *pattern = xasprintf("%s/%s", directory, names);
	glob_t found;
	bool any = glob(pattern, 0, NULL, &found) == 0;

	free(pattern);
	if (!any)
		return false;
	for (size_t i = 0; i < found.gl_pathc; i++)
		run_file(run, found.gl_pathv[i]);
	globfree(&found);
	return true;
}

/* A folder below it is an area: modules of one kind. */
static void run_directory(struct run *run, const char *directory)
{
	bool own = run_matching(run, directory, "*.txt");
	bool areas = run_matching(run, directory, "*/*.txt");

	if (!own && !areas)
		say(run, false, directory, "there are no conversations");
}

static void run_directories(struct run *run, char *const *directories, size_t count)
{
	struct why why = { "" };

	for (size_t i = 0; i < count; i++)
		run_directory(run, directories[i]);
	if (run->hostile)
		return;
	say(run, reached_show_missing(run->reached) == 0, "every route is reached",
	    "write a conversation in which somebody does what it is for");
	say(run, check_examples(&why), "all example modules together", why.text);
	say(run, check_start_calls(&why), "the list of commands at Telegram", why.text);
}

static void run_everything(struct run *run)
{
	static char *const everything[] = { "tests/modules" };
	struct why why = { "" };

	run_directories(run, everything, COUNT_OF(everything));
	if (!run->hostile)
		say(run, reference_check(run->update, &why), "the reference of options", why.text);
}

static _Noreturn void usage(void)
{
	fputs("usage: run-modules [--update] [FILE...]\n"
	      "       run-modules [--update] --in DIRECTORY...\n"
	      "       run-modules --crash-everywhere ...\n"
	      "       run-modules --hostile-answers [FILE...]\n",
	      stderr);
	exit(64);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "update", no_argument, NULL, 'u' },
		{ "in", no_argument, NULL, 'i' },
		{ "crash-everywhere", no_argument, NULL, 'c' },
		{ "hostile-answers", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct run run = { .reached = reached_create() };
	bool directories = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			usage();
		run.update = run.update || option == 'u';
		run.hostile = run.hostile || option == 'h';
		directories = directories || option == 'i';
		if (option == 'c')
			crash_everywhere();
	}
	log_open("run-modules", LOG_FORMAT_LOGFMT, LOG_LEVEL_WARN);
	(void)scratch_directory(); /* made here, so that no child removes it */
	if (directories)
		run_directories(&run, argv + optind, (size_t)(argc - optind));
	else if (optind == argc)
		run_everything(&run);
	for (int i = optind; i < argc && !directories; i++)
		run_file(&run, argv[i]);
	printf("1..%zu\n", run.number);
	reached_destroy(run.reached);
	return run.failed ? 1 : 0;
}
