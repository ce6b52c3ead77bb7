/* fuzz_koronectl.c - what koronectl is answered: by our processes, or by who took one over. The
 * first byte selects the command, the second the status of HTTP. Nothing reaches the terminal that
 * moves its cursor or turns its text round.
 *
 * The asking is a stand-in: the linker finds it first. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/command_socket.h"
#include "common/pack.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "koronectl/command.h"
#include "koronectl/http.h"
#include "tests/fuzz/fuzz.h"

static struct text answer;
static long status;

bool command_socket_ask(const char *path, const char *const words[], size_t count, int timeout_ms,
			struct buffer *out, struct why *why)
{
	(void)path;
	(void)words;
	(void)count;
	(void)timeout_ms;
	if (!status)
		return why_set(why, "%.*s", (int)answer.length, answer.data);
	buffer_append(out, answer.data, answer.length);
	return true;
}

long http_get(const char *url, struct buffer *body, struct why *why)
{
	(void)url;
	if (!status) {
		why_set(why, "%.*s", (int)answer.length, answer.data);
		return 0;
	}
	buffer_append(body, answer.data, answer.length);
	return status;
}

/* What goes into a file is the answer as it came. */
int isatty(int fd)
{
	(void)fd;
	return 1;
}

int usage_error(const char *command, const char *fault)
{
	(void)command;
	(void)fault;
	return EX_USAGE;
}

static bool is_harmless(uint32_t code)
{
	if (code < ' ')
		return code == '\n' || code == '\t';
	if (code >= 0x7f && code < 0xa0)
		return false;
	return code != 0x61c && code != 0x200e && code != 0x200f &&
	       !(code >= 0x202a && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069);
}

static void check_shown(const char *text, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t length = utf8_character(text + at, size - at), taken;

		PROMISE(length > 0);
		PROMISE(is_harmless(utf8_decode(text + at, &taken)));
		at += length;
	}
}

static const struct {
	command_fn *run;
	char *words[3];
} commands[] = {
	{ command_incidents, { "incidents" } },
	{ command_incidents, { "incidents", "--json" } },
	{ command_incident, { "incident", "0123456789" } },
	{ command_incident, { "incident", "0123456789", "--json" } },
	{ command_backlog, { "backlog" } },
	{ command_quarantine, { "quarantine", "list" } },
	{ command_quarantine, { "quarantine", "show", "1" } },
	{ command_drain, { "drain" } },
	{ command_status, { "status" } },
	{ command_status, { "status", "--json" } },
	{ command_health, { "health", "ingress", "--ready" } },
	{ command_user, { "user", "show", "7" } },
	{ command_user, { "user", "export", "7" } },
	{ command_group, { "group", "forget", "-7" } },
};

/* Runs it with its output and its errors in `shown`. */
static void run(size_t which, FILE *shown)
{
	const struct settings settings = { .run_dir = "/run/korone",
					   .database_url = "",
					   .health_listen = "",
					   .ingress_url = "http://ingress",
					   .crashd_url = "http://crashd" };
	FILE *out = stdout, *errors = stderr;
	char *words[4] = { NULL };
	int count = 0;

	for (; count < 3 && commands[which].words[count]; count++)
		words[count] = commands[which].words[count];
	stdout = stderr = shown;
	(void)commands[which].run(&settings, count, words);
	stdout = out;
	stderr = errors;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const long statuses[] = { 200, 0, 503 };
	char *shown = NULL;
	size_t shown_size = 0;
	FILE *stream;

	if (size < 2)
		return 0;
	status = statuses[data[1] % COUNT_OF(statuses)];
	answer = (struct text) { (const char *)data + 2, size - 2 };
	setenv("NO_COLOR", "1", 1);
	stream = open_memstream(&shown, &shown_size);
	run(data[0] % COUNT_OF(commands), stream);
	fclose(stream);
	check_shown(shown, shown_size);
	free(shown);
	return 0;
}
