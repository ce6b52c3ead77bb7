/* jobs.c - `koronectl jobs`: long work of the bot's modules, such as broadcasts. Asks the recorder
 * or, with DATABASE_URL, the database itself. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/command_socket.h"
#include "common/database/postgres.h"
#include "common/database/privacy_requests.h"
#include "koronectl/answer.h"
#include "koronectl/ask.h"
#include "koronectl/command.h"

#define TIMEOUT_MS 15000

static const char *text_of_member(const json_t *job, const char *name)
{
	const char *text = json_string_value(json_object_get(job, name));

	return text ? text : "";
}

static void show_counts(const json_t *counts)
{
	const char *name;
	json_t *count;

	json_object_foreach((json_t *)(uintptr_t)counts, name, count)
	{
		if (json_integer_value(count))
			printf("  %s %lld", name, (long long)json_integer_value(count));
	}
}

static void show_job(const json_t *job)
{
	printf("%-5lld %s.%s  %s  since %.19s, last step %.19s\n     ",
	       (long long)json_integer_value(json_object_get(job, "id")),
	       text_of_member(job, "module"), text_of_member(job, "job"),
	       text_of_member(job, "state"), text_of_member(job, "started_at"),
	       text_of_member(job, "step_at"));
	show_counts(json_object_get(job, "counts"));
	puts("");
	if (text_of_member(job, "trouble")[0])
		printf("       %s\n", text_of_member(job, "trouble"));
}

static void show_list(const char *text)
{
	json_t *root = answer_read(text, strlen(text)), *job;
	size_t i;

	if (!json_array_size(root))
		puts("No job is under way.");
	json_array_foreach(root, i, job)
	{
		show_job(job);
	}
	json_decref(root);
}

static bool ask_recorder(const struct settings *settings, char *words[], size_t count,
			 struct buffer *out, struct why *why)
{
	char *path;
	bool ok;

	if (*settings->database_url)
		return privacy_requests_ask(settings, words, count, out, why);
	path = ask_socket_path(settings, "recorder");
	ok = command_socket_ask(path, (const char *const *)words, count, TIMEOUT_MS, out, why);
	free(path);
	return ok;
}

void jobs_show_under_way(const struct settings *settings)
{
	char *words[] = { (char[]) { "jobs" }, (char[]) { "list" } };
	struct buffer answer = { 0 };
	struct why why;

	if (ask_recorder(settings, words, 2, &answer, &why) &&
	    strncmp(buffer_text(&answer), "[]", 2) != 0) {
		puts("\njobs");
		show_list(buffer_text(&answer));
	}
	buffer_finish(&answer);
}

static int run(const struct settings *settings, char *action, char *number, bool as_json)
{
	char *words[] = { (char[]) { "jobs" }, action, number };
	struct buffer answer = { 0 };
	struct why why;
	int code = EX_OK;

	if (!ask_recorder(settings, words, number ? 3 : 2, &answer, &why)) {
		answer_print_line(stderr, why.text);
		fputs("\n", stderr);
		code = EX_UNAVAILABLE;
	} else if (as_json) {
		answer_print(stdout, buffer_text(&answer), buffer_unread_size(&answer));
	} else if (!number) {
		show_list(buffer_text(&answer));
	} else if (strncmp(buffer_text(&answer), "true", 4) != 0) {
		fputs("There is no such job (any more).\n", stderr);
		code = EX_DATAERR;
	}
	buffer_finish(&answer);
	return code;
}

int command_jobs(const struct settings *settings, int argc, char **argv)
{
	static const char *const actions[] = { "pause", "continue", "cancel", NULL };
	bool as_json = argc == 2 && strcmp(argv[1], "--json") == 0;
	size_t action = 0;

	if (*settings->database_url && !postgres_url_is_valid(settings->database_url)) {
		fputs("DATABASE_URL: is not a libpq URI\n", stderr);
		return EX_CONFIG;
	}
	if (argc == 1 || as_json)
		return run(settings, (char[]) { "list" }, NULL, as_json);
	while (actions[action] && strcmp(actions[action], argv[1]) != 0)
		action++;
	if (argc != 3 || !actions[action])
		return usage_error(argv[0], "needs pause, continue or cancel, and a job's number");
	return run(settings, argv[1], argv[2], false);
}
