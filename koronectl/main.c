/* main.c - koronectl: inspects a running CKorone and performs operators' tasks. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/log.h"
#include "common/manual.h"
#include "common/program.h"
#include "common/xalloc.h"
#include "koronectl/command.h"

struct command {
	const char *name;
	const char *arguments;
	const char *summary;
	const char *help; /* printed after the summary */
	command_fn *run;
};

#define RIGHTS_HELP                                                                           \
	"ACTION is one of these, ID a Telegram id:\n"                                         \
	"show      the row, the settings, and whether there is an objection\n"                \
	"export    the same as JSON\n"                                                        \
	"forget    erases them, records the objection, and drops what modules put off,\n"     \
	"          as /forgetme does\n"                                                       \
	"remember  withdraws the objection\n"                                                 \
	"Asks the recorder over a socket in KORONE_RUN_DIR or, with DATABASE_URL and\n"       \
	"KORONE_PRIVACY_KEY, the database itself; \"forget\" also ingress, over its socket\n" \
	"there. If it did not reach one of them it says which, and must be repeated.\n"       \
	"Exit code: 69 when something was not reached.\n"

static const struct command commands[] = {
	{ "backlog", "[--json]", "shows updates waiting at ingress, by age and lane",
	  "Updates of a lane, usually a chat, are handled in order. Lanes appear as hashes.\n"
	  "Asks ingress over its socket in KORONE_RUN_DIR.\n",
	  command_backlog },
	{ "drain", "[off]", "stops taking updates and handles those it has",
	  "Meanwhile Telegram keeps new updates, for 24 hours. \"off\", or a restart of\n"
	  "ingress, resumes. Asks ingress over its socket in KORONE_RUN_DIR.\n",
	  command_drain },
	{ "group", "ACTION ID", "shows or erases what is recorded about a group", RIGHTS_HELP,
	  command_group },
	{ "health", "NAME [--ready]", "checks that a process here is alive, or ready",
	  "NAME is ingress, worker, recorder or crashd. It is asked at the address of\n"
	  "KORONE_HEALTH_LISTEN, which must be set as for the process itself; the default\n"
	  "is its default address. For container health checks.\n"
	  "Exit code: 0 yes, 1 no, or no answer.\n",
	  command_health },
	{ "incident", "ID [--json]", "shows one fault, with its report if crashd has it",
	  "ID is a reference id that a person was given, or the first 8 or more digits of\n"
	  "a fingerprint. Asks crashd over its socket in KORONE_RUN_DIR.\n",
	  command_incident },
	{ "incidents", "[--json]", "lists crashes and failed handlers, latest first",
	  "Where, how often, since when, and the last reference ids. Asks crashd over its\n"
	  "socket in KORONE_RUN_DIR.\n",
	  command_incidents },
	{ "jobs", "[ACTION N] [--json]", "lists, pauses or cancels long work, as broadcasts",
	  "ACTION is one of these, N a number from the list:\n"
	  "pause N     what is under way is done first\n"
	  "continue N  goes on where it was\n"
	  "cancel N    ends it, with what it has done so far; again, ten minutes later, it\n"
	  "            removes one that stands still since its state was lost\n"
	  "Asks the recorder over a socket in KORONE_RUN_DIR or, with DATABASE_URL, the\n"
	  "database itself.\n",
	  command_jobs },
	{ "keys", "ACTION [NAME [ROLE] | PATH]", "manages the keys of the links over TCP",
	  "Keys are in KORONE_CURVE_DIR: NAME.key is secret, NAME.pub public. ROLE is\n"
	  "worker, recorder, ingress or crashd: a worker's key opens ingress' endpoint for\n"
	  "updates, a recorder's the one for sightings, crashd's none of them.\n"
	  "list              lists the public keys with their roles; those with a secret\n"
	  "                  key are \"own\"\n"
	  "make NAME [ROLE]  makes a pair; never replaces one. Without ROLE it is for the\n"
	  "                  program that NAME is, or for a worker\n"
	  "mark NAME ROLE    gives a public key its role; until then one that is not named\n"
	  "                  after a program counts as a worker's\n"
	  "replace NAME      makes a new pair; the old public key stays known as NAME.old\n"
	  "retire NAME       removes NAME.old, once every process uses the new key\n"
	  "deal              completes a directory for each process in it, with the\n"
	  "                  process's own pair and the public keys of its peers; that\n"
	  "                  directory becomes its KORONE_CURVE_DIR\n"
	  "import DIRECTORY  copies what is missing from such directories\n"
	  "secrets FILE      writes them as Secrets for Kubernetes, korone-keys-PROCESS\n",
	  command_keys },
	{ "migrate", "[--dry-run]", "brings the database schema up to date",
	  "Applies the missing migrations, all in one transaction, as the recorder does\n"
	  "when it starts. --dry-run only lists them. Without DATABASE_URL it asks the\n"
	  "running recorder, which reports that it has applied its own.\n",
	  command_migrate },
	{ "new-module", "NAME", "starts a module of the bot, in a checkout",
	  "Writes workers/modules/NAME.c, tests/modules/NAME.txt and the line in\n"
	  "workers/modules/modules.c, of the sources around the current directory. NAME is\n"
	  "of a-z, 0-9 and _; a command of the bot may not have it yet.\n",
	  command_new_module },
	{ "page", "[[ADDRESS:]PORT] [OPTION…]", "shows the system in a browser",
	  "Processes, pools, backlog, recorder, incidents, rates, latencies, and the\n"
	  "alerts of deploy/monitoring that would fire, read-only, at\n"
	  "http://127.0.0.1:9105/ unless another place is named. It shows no names, ids or\n"
	  "texts of people. Incidents and lanes are asked over sockets in KORONE_RUN_DIR,\n"
	  "where this user may. At most 8 pages are served.\n"
	  "--host NAME      a name besides localhost and 127.0.0.1 by which it is reached\n"
	  "--simulator URL  shows what its crowd wrote, and what was answered, lost, twice\n"
	  "--deeds PIPE     lets the page break things, by deploy/deeds; for deploy/up\n",
	  command_page },
	{ "set-aside", "ACTION [N]", "shows, retries or drops malformed updates",
	  "ACTION is one of these, N a number from the list:\n"
	  "list [--json]  number, time, update id, size, and what is wrong with it\n"
	  "show N         the bytes that Telegram sent\n"
	  "retry N        takes it as if it had just arrived, after an upgrade\n"
	  "drop N         deletes it; all are deleted after 24 hours anyway\n"
	  "Asks ingress over its socket in KORONE_RUN_DIR.\n",
	  command_quarantine },
	{ "status", "[--json] [--watch]", "shows every process, pool and child",
	  "Asks ingress (KORONE_INGRESS_URL) and crashd (KORONE_CRASHD_URL). --watch\n"
	  "repeats it every second, as far as the terminal has room. Jobs that are under\n"
	  "way are shown below, if there is a recorder to ask (`koronectl jobs`).\n"
	  "Exit code: 0 all ready, 1 something is not, 2 unreachable.\n",
	  command_status },
	{ "user", "ACTION ID", "shows or erases what is recorded about a person", RIGHTS_HELP,
	  command_user },
};

static void print_help(void)
{
	puts("Usage: koronectl [--env-file PATH] COMMAND [ARGUMENT]…\n"
	     "Inspects a running CKorone and performs operators' tasks.\n");
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		printf("  %-10s %-21s %s\n", commands[i].name, commands[i].arguments,
		       commands[i].summary);
	puts("\nkoronectl COMMAND --help tells more. Settings come from the environment, or from\n"
	     "the file that --env-file names:\n");
	settings_help(PROGRAM_KORONECTL, stdout);
	puts("\n--version prints the version, --man the manual page.");
}

static void print_manual(void)
{
	manual_begin(stdout, "koronectl", MANUAL_COMMANDS,
		     "inspects a running CKorone and performs operators' tasks",
		     "[--env-file PATH] COMMAND [ARGUMENT]…");
	manual_heading(stdout, "COMMANDS");
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		char term[128];

		snprintf(term, sizeof(term), "%s %s", commands[i].name, commands[i].arguments);
		manual_item(stdout, term, commands[i].summary);
		manual_more(stdout, commands[i].help);
	}
	manual_settings(stdout, PROGRAM_KORONECTL);
	manual_heading(stdout, "SEE ALSO");
	manual_text(stdout,
		    "korone-ingress(8), korone-worker(8), korone-recorder(8), korone-crashd(8)");
}

static void print_command_help(const struct command *command)
{
	printf("Usage: koronectl %s %s\n%c%s.\n\n%s", command->name, command->arguments,
	       command->summary[0] - 'a' + 'A', command->summary + 1, command->help);
}

int usage_error(const char *command, const char *fault)
{
	fprintf(stderr, "koronectl %s: %s\nTry 'koronectl %s --help'.\n", command, fault, command);
	return EX_USAGE;
}

static int fail_usage(const char *fault, const char *word)
{
	fprintf(stderr, "koronectl: %s%s\nTry 'koronectl --help'.\n", fault, word);
	return EX_USAGE;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strcmp(argv[i], "--help"))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const char *env_file = NULL;
	const struct command *command;
	static struct settings settings; /* static, so that leak checkers see what it owns */
	int at = 1;

	program_open_standard_streams();
	program_harden();
	if (at + 1 < argc && !strcmp(argv[at], "--env-file")) {
		env_file = argv[at + 1];
		at += 2;
	}
	if (at == argc)
		return fail_usage("no command", "");
	if (!strcmp(argv[at], "--help")) {
		print_help();
		return EX_OK;
	}
	if (!strcmp(argv[at], "--man")) {
		print_manual();
		return EX_OK;
	}
	if (!strcmp(argv[at], "--version")) {
		puts("koronectl " KORONE_VERSION);
		return EX_OK;
	}
	command = find_command(argv[at]);
	if (!command)
		return fail_usage("there is no command ", argv[at]);
	if (wants_help(argc - at, argv + at)) {
		print_command_help(command);
		return EX_OK;
	}
	if (!settings_load(&settings, PROGRAM_KORONECTL, env_file, stderr))
		return EX_CONFIG;
	log_open("koronectl", LOG_FORMAT_LOGFMT, LOG_LEVEL_WARN);
	return command->run(&settings, argc - at, argv + at);
}
