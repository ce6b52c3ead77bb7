/* main.c - koronectl: looks at a running CKorone and does what operators do by hand. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/log.h"
#include "common/manual.h"
#include "common/xalloc.h"
#include "koronectl/command.h"

struct command {
	const char *name;
	const char *arguments;
	const char *summary;
	const char *help; /* after the summary */
	command_fn *run;
};

#define RIGHTS_HELP                                                                  \
	"ACTION is one of these, ID a Telegram id:\n"                                \
	"show      the row, the settings, and whether there is an objection\n"       \
	"export    the same as JSON\n"                                               \
	"forget    erases them and notes the objection, as /forgetme does\n"         \
	"remember  takes the objection back\n"                                       \
	"Asks the recorder over a socket in KORONE_RUN_DIR; with DATABASE_URL and\n" \
	"KORONE_PRIVACY_KEY the database itself.\n"

static const struct command commands[] = {
	{ "backlog", "[--json]", "what waits at ingress, by age and by lane",
	  "A lane is what is handled in order, mostly a chat; its name here is a hash.\n"
	  "Asks ingress over its socket in KORONE_RUN_DIR.\n",
	  command_backlog },
	{ "drain", "[off]", "takes no more updates; what is there is handled",
	  "Telegram keeps new updates for 24 hours. \"off\", or a restart of ingress, ends\n"
	  "it. Asks ingress over its socket in KORONE_RUN_DIR.\n",
	  command_drain },
	{ "group", "ACTION ID", "what is recorded about a group, and erasing it", RIGHTS_HELP,
	  command_group },
	{ "health", "NAME [--ready]", "whether a process here lives, or is ready",
	  "NAME is ingress, worker, recorder or crashd. It is asked at\n"
	  "KORONE_HEALTH_LISTEN, as set for the process itself; without that at its\n"
	  "default address. For container health checks.\n"
	  "Exit code: 0 yes, 1 no or no answer.\n",
	  command_health },
	{ "incident", "ID [--json]", "one fault, with the report while crashd has it",
	  "ID is a reference id that a person was told, or the first 8 or more digits of\n"
	  "a fingerprint. Asks crashd over its socket in KORONE_RUN_DIR.\n",
	  command_incident },
	{ "incidents", "[--json]", "crashes and failures of handlers, last seen first",
	  "Where, how often, since when, and the last reference ids. Asks crashd over its\n"
	  "socket in KORONE_RUN_DIR.\n",
	  command_incidents },
	{ "keys", "ACTION [NAME]", "the keys of the links over TCP",
	  "Keys are in KORONE_CURVE_DIR: NAME.key is secret, NAME.pub public.\n"
	  "list          the public keys; own ones are marked\n"
	  "make NAME     makes a pair; refuses to replace one\n"
	  "replace NAME  makes a new pair; the old public key stays known as NAME.old\n"
	  "retire NAME   removes NAME.old, when everybody uses the new one\n"
	  "deal          makes what is missing of a directory for each process in it, with\n"
	  "              its own pair and the public keys of its peers; each is a process's\n"
	  "              KORONE_CURVE_DIR\n",
	  command_keys },
	{ "migrate", "[--dry-run]", "brings the database's schema up to date",
	  "Applies the numbered migrations that are missing, all in one transaction, as\n"
	  "the recorder does at its start. --dry-run only says which. Without\n"
	  "DATABASE_URL the running recorder is asked, which has applied its own, and\n"
	  "says so.\n",
	  command_migrate },
	{ "set-aside", "ACTION [N]", "malformed updates, kept for a look",
	  "ACTION is one of these, N a number from the list:\n"
	  "list [--json]  number, update id, when it came, size, and what is wrong with it\n"
	  "show N         the bytes as Telegram sent them\n"
	  "retry N        takes it as if it had just come, after an upgrade\n"
	  "drop N         forgets it; all go by themselves after 24 hours\n"
	  "Asks ingress over its socket in KORONE_RUN_DIR.\n",
	  command_quarantine },
	{ "status", "[--json] [--watch]", "shows every process, pool and child",
	  "Asks ingress (KORONE_INGRESS_URL) and crashd (KORONE_CRASHD_URL). --watch shows\n"
	  "it again every second, as much as the terminal has lines for.\n"
	  "Exit code: 0 all ready, 1 something is not, 2 unreachable.\n",
	  command_status },
	{ "user", "ACTION ID", "what is recorded about a person, and erasing it", RIGHTS_HELP,
	  command_user },
};

static void print_help(void)
{
	puts("Usage: koronectl [--env-file PATH] COMMAND [ARGUMENT]…\n"
	     "Looks at a running CKorone and does what operators do by hand.\n");
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		printf("  %-9s %-18s %s\n", commands[i].name, commands[i].arguments,
		       commands[i].summary);
	puts("\nkoronectl COMMAND --help says more. Settings come from the environment, or from\n"
	     "the file that --env-file names:\n");
	settings_help(PROGRAM_KORONECTL, stdout);
	puts("\n--version prints the version, --man the manual page.");
}

static void print_manual(void)
{
	manual_begin(stdout, "koronectl", MANUAL_COMMANDS,
		     "looks at a running CKorone and does what operators do by hand",
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
	static struct settings settings; /* where leak checkers look for what it owns */
	int at = 1;

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
