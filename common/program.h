/* program.h - the startup that every program shares: options, settings, log, exit codes. */
#ifndef COMMON_PROGRAM_H
#define COMMON_PROGRAM_H

#include <stdbool.h>
#include <stdio.h>
#include <sysexits.h>

#include "common/settings.h"

struct program {
	const char *name;    /* "korone-ingress" */
	const char *process; /* "ingress": in logs, metrics, messages */
	enum program_id id;
	const char *summary; /* one sentence for --help */
	/* For faults that the table of settings cannot see: prints each in a line and returns
	 * false. `only`: for --check-config, the program does not go on. NULL: there are none. */
	bool (*check)(const struct settings *settings, bool only, FILE *faults);
	const char *on_hangup; /* what SIGHUP does, a sentence for the manual; NULL: nothing */
};

/* Opens those of the descriptors 0 to 2 that are closed on /dev/null: the next file or socket would
 * become one of them, and what is written to standard error would go there. First of all. */
void program_open_standard_streams(void);

/* Called next in each main(), so again after each exec, which undoes half of it: no other process
 * of this user can trace this one or read its memory, environment and descriptors ("dumpable",
 * prctl(2)), no program that it starts gains privileges, and there is no core dump. */
void program_harden(void);

/* Does both, handles --help, --version, --check-config, --sample-env, --man and --env-file PATH,
 * loads the settings, opens the log, ignores SIGPIPE and SIGHUP. Exits with 64 on a bad option, 78
 * on bad settings (one line per fault). The settings live forever. */
const struct settings *program_start(const struct program *program, int argc, char **argv);

#endif
