/* status.c - `koronectl status`: shows every process, pool and child, as ingress and crashd report
 * them. */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "koronectl/answer.h"
#include "koronectl/command.h"
#include "koronectl/http.h"
#include "koronectl/view.h"

/* As people see it (`json` false), or as it came. */
static json_t *ask(const char *base, bool json, struct why *why)
{
	struct buffer body = { 0 };
	char url[1024];
	json_t *answer = NULL;
	long status;

	snprintf(url, sizeof(url), "%s/status", base);
	status = http_get(url, &body, why);
	if (status == 200)
		answer = json ? json_loadb((const char *)body.data, body.size, 0, NULL)
			      : answer_read(body.data, body.size);
	if (status && !json_is_object(answer)) {
		why_set(why, "%s answers %ld without a status", url, status);
		json_decref(answer);
		answer = NULL;
	} else if (!status) {
		why_prefix(why, "%s", base);
	}
	buffer_finish(&body);
	return answer;
}

/* One active recorder, at least one pool, and everything ready. */
static bool all_ready(const struct overview *overview)
{
	const json_t *pools = json_object_get(overview->ingress, "pools");
	const json_t *recorders = json_object_get(overview->ingress, "recorders"), *row;
	bool active = false;
	size_t i;

	json_array_foreach(pools, i, row)
	{
		if (!pool_is_ready(row))
			return false;
	}
	json_array_foreach(recorders, i, row)
	{
		if (!recorder_is_ready(row))
			return false;
		active |= recorder_is_active(row);
	}
	return active && json_array_size(pools) &&
	       json_is_true(json_object_get(overview->ingress, "ready")) &&
	       json_is_true(json_object_get(overview->crashd, "ready"));
}

static int exit_code_of(const struct overview *overview)
{
	if (!overview->ingress || !overview->crashd)
		return EXIT_UNREACHABLE;
	return all_ready(overview) ? EXIT_READY : EXIT_NOT_READY;
}

static void print_json(const struct overview *overview, int code)
{
	json_t *root = json_object();
	char *text;

	json_object_set_new(root, "ready", json_boolean(code == EXIT_READY));
	json_object_set(root, "ingress", overview->ingress ? overview->ingress : json_null());
	json_object_set(root, "crashd", overview->crashd ? overview->crashd : json_null());
	text = json_dumps(root, JSON_COMPACT);
	answer_print(stdout, text ? text : "", text ? strlen(text) : 0);
	putchar('\n');
	free(text);
	json_decref(root);
}

/* Overwrites the previous screen, without flicker, and only as far as there is room. */
static void redraw(struct buffer *text)
{
	struct winsize size;
	const char *line, *end;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 2)
		view_cut(text, size.ws_row - 1);
	fputs("\033[H", stdout);
	for (line = buffer_text(text); (end = strchr(line, '\n')); line = end + 1)
		printf("%.*s\033[K\n", (int)(end - line), line);
	fputs("\033[J", stdout);
}

static void print_view(const struct overview *overview, bool watch)
{
	bool terminal = isatty(STDOUT_FILENO);
	struct buffer text = { 0 };

	view_print(overview, terminal && !getenv("NO_COLOR"), &text);
	if (watch && terminal)
		redraw(&text);
	else
		fwrite(text.data, 1, text.size, stdout);
	if (watch && !terminal)
		putchar('\n');
	buffer_finish(&text);
}

static int show_once(const struct settings *settings, bool json, bool watch)
{
	struct why ingress_why = { "" }, crashd_why = { "" };
	struct overview overview = { .ingress_fault = ingress_why.text,
				     .crashd_fault = crashd_why.text };
	int code;

	overview.ingress = ask(settings->ingress_url, json, &ingress_why);
	overview.crashd = ask(settings->crashd_url, json, &crashd_why);
	code = exit_code_of(&overview);
	if (json)
		print_json(&overview, code);
	else
		print_view(&overview, watch);
	if (!json && !watch)
		jobs_show_under_way(settings);
	fflush(stdout);
	json_decref(overview.ingress);
	json_decref(overview.crashd);
	return code;
}

static volatile sig_atomic_t stopped;

static void on_interrupt(int signo)
{
	(void)signo;
	stopped = 1;
}

int command_status(const struct settings *settings, int argc, char **argv)
{
	bool json = false, watch = false;
	struct sigaction action = { .sa_handler = on_interrupt };
	int code;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			json = true;
		else if (!strcmp(argv[i], "--watch"))
			watch = true;
		else
			return usage_error("status", "only --json and --watch are known");
	}
	if (watch)
		sigaction(SIGINT, &action, NULL);
	do {
		code = show_once(settings, json, watch);
		if (watch && !stopped)
			sleep(1);
	} while (watch && !stopped && !ferror(stdout));
	return code;
}
