/* program.c - command-line options, settings and process setup. */
#include "common/program.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/log.h"
#include "common/log_pipe.h"
#include "common/manual.h"
#include "common/xalloc.h"

#define LOG_SUBSYSTEM "main"

enum option_id {
	OPTION_HELP = 256,
	OPTION_VERSION,
	OPTION_CHECK,
	OPTION_SAMPLE,
	OPTION_ENV_FILE,
	OPTION_MAN,
};

static const struct option options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "check-config", no_argument, NULL, OPTION_CHECK },
	{ "sample-env", no_argument, NULL, OPTION_SAMPLE },
	{ "env-file", required_argument, NULL, OPTION_ENV_FILE },
	{ "man", no_argument, NULL, OPTION_MAN },
	{ 0 },
};

static const struct {
	const char *option, *help;
} option_help[] = {
	{ "--check-config", "print the effective settings, secrets masked, and exit 0 or 78" },
	{ "--env-file PATH", "read settings from PATH; environment variables win" },
	{ "--sample-env", "print an env file with every setting" },
	{ "--man", "print the manual page" },
	{ "--help, --version", "" },
};

static const char exit_codes[] =
	"0 after SIGTERM or SIGINT and a clean drain, 64 usage,\n"
	"69 permanently refused by a required service, 70 internal, 74 I/O, 78 configuration.";

static void print_help(const struct program *program)
{
	printf("Usage: %s [OPTION]…\n%s\n\n", program->name, program->summary);
	for (size_t i = 0; i < COUNT_OF(option_help); i++)
		printf("  %-17s %s\n", option_help[i].option, option_help[i].help);
	printf("\nSettings, from the environment; a secret NAME may come from the file "
	       "NAME_FILE:\n");
	settings_help(program->id, stdout);
	printf("\nExit codes (sysexits.h): %s\n", exit_codes);
}

static void print_manual(const struct program *program)
{
	manual_begin(stdout, program->name, MANUAL_DAEMONS, program->summary, "[OPTION]…");
	manual_heading(stdout, "OPTIONS");
	for (size_t i = 0; i < COUNT_OF(option_help); i++)
		manual_item(stdout, option_help[i].option, option_help[i].help);
	manual_settings(stdout, program->id);
	manual_heading(stdout, "SIGNALS");
	manual_item(stdout, "SIGTERM, SIGINT", "End it after a clean drain.");
	manual_item(stdout, "SIGHUP",
		    program->on_hangup ? program->on_hangup
				       : "Is ignored: settings are read at the start.");
	manual_heading(stdout, "EXIT STATUS");
	manual_text(stdout, exit_codes);
	manual_heading(stdout, "SEE ALSO");
	manual_text(stdout, "koronectl(1)");
}

void program_harden(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void program_open_standard_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	/* Not reported: there may be nowhere to. */
	if (fd < 0 && fcntl(STDERR_FILENO, F_GETFD) < 0)
		_exit(EX_OSERR);
	close(fd);
}

/* Keeps the settings, which live forever, reachable for leak checkers. */
static struct settings *volatile kept;

const struct settings *program_start(const struct program *program, int argc, char **argv)
{
	struct settings *settings = xmalloc(sizeof(*settings));
	const char *env_file = NULL;
	bool check = false, ok;
	struct why why;
	int option;

	program_open_standard_streams();
	program_harden();
	kept = settings;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case OPTION_HELP:
			print_help(program);
			exit(EX_OK);
		case OPTION_MAN:
			print_manual(program);
			exit(EX_OK);
		case OPTION_VERSION:
			printf("%s %s\n", program->name, KORONE_VERSION);
			exit(EX_OK);
		case OPTION_SAMPLE:
			settings_sample(stdout);
			exit(EX_OK);
		case OPTION_CHECK:
			check = true;
			break;
		case OPTION_ENV_FILE:
			env_file = optarg;
			break;
		default:
			fprintf(stderr, "Try '%s --help'.\n", program->name);
			exit(EX_USAGE);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "%s: unexpected argument \"%s\"\nTry '%s --help'.\n", program->name,
			argv[optind], program->name);
		exit(EX_USAGE);
	}
	signal(SIGPIPE, SIG_IGN);
	/* Who has a use for it watches it later; until then, too, it must not end us. */
	signal(SIGHUP, SIG_IGN);
	ok = settings_load(settings, program->id, env_file, stderr);
	log_open(program->process, settings->log_format, settings->log_level);
	if (program->check)
		ok &= program->check(settings, check, stderr);
	if (check)
		settings_print(settings, program->id, stdout);
	if (check || !ok)
		exit(ok ? EX_OK : EX_CONFIG);
	if (!log_pipe_open(&why))
		fatal(EX_OSERR, "cannot log", log_text("error", why.text));
	return settings;
}
