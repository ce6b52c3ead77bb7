/* command.h - what each command of koronectl gets and returns. A command is a file and a row in
 * main.c. */
#ifndef KORONECTL_COMMAND_H
#define KORONECTL_COMMAND_H

#include "common/settings.h"

/* Exit codes of `status` and `health`; others follow sysexits(3). */
enum { EXIT_READY = 0, EXIT_NOT_READY = 1, EXIT_UNREACHABLE = 2 };

/* argv[0] is the command's name. Returns the exit code. */
typedef int command_fn(const struct settings *settings, int argc, char **argv);

command_fn command_backlog, command_drain, command_group, command_health, command_incident,
	command_incidents, command_jobs, command_keys, command_migrate, command_new_module,
	command_page, command_quarantine, command_status, command_user;

/* For `status`: prints the jobs that are under way; nothing when there is none, or nobody to ask.
 */
void jobs_show_under_way(const struct settings *settings);

/* Prints that the arguments are wrong, and how to get help; returns EX_USAGE. */
int usage_error(const char *command, const char *fault);

#endif
