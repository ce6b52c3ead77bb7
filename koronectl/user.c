/* user.c - `koronectl user` and `koronectl group`: shows or erases what is recorded about a person
 * or a group. Asks the recorder or, with DATABASE_URL, the database itself, so that it works
 * without a recorder, too. `forget` then asks ingress, where work waits that modules put off. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/command_socket.h"
#include "common/database/postgres.h"
#include "common/database/privacy_requests.h"
#include "common/telegram_id.h"
#include "common/xalloc.h"
#include "koronectl/answer.h"
#include "koronectl/ask.h"
#include "koronectl/command.h"

#define TIMEOUT_MS 15000
#define LABEL_WIDTH 15

/* The names are those of columns, unless somebody has changed the database. */
static void show_value(const char *label, const json_t *value)
{
	int missing = LABEL_WIDTH - (int)strlen(label);
	char *text = json_is_string(value) ? xstrdup(json_string_value(value))
					   : json_dumps(value, JSON_ENCODE_ANY);

	fputs("  ", stdout);
	answer_print_line(stdout, label);
	printf("%*s ", missing > 0 ? missing : 0, "");
	answer_print_line(stdout, json_is_null(value) || !text ? "-" : text);
	puts("");
	free(text);
}

static void show_export(const char *text, bool is_group)
{
	json_t *root = answer_read(text, strlen(text)), *value;
	const json_t *row = json_object_get(root, is_group ? "group" : "user");
	const json_t *settings = json_object_get(root, "settings");
	const char *key;
	size_t i;

	if (!json_is_object(row))
		puts("No row is recorded.");
	else
		puts("Recorded:");
	json_object_foreach((json_t *)(uintptr_t)row, key, value)
	{
		show_value(key, value);
	}
	puts(json_array_size(settings) ? "Settings:" : "No settings.");
	json_array_foreach(settings, i, value)
	{
		char label[128];

		snprintf(label, sizeof(label), "%s.%s",
			 json_string_value(json_object_get(value, "module")),
			 json_string_value(json_object_get(value, "key")));
		show_value(label, json_object_get(value, "value"));
	}
	puts(json_is_true(json_object_get(root, "objected")) ? "Objected to being recorded."
							     : "Has not objected.");
	json_decref(root);
}

static const struct {
	const char *name;
	const char *asks;            /* the recorder's command */
	const char *done, *not_done; /* texts for "true" and "false"; NULL: the answer is JSON */
} actions[] = {
	{ "show", "export", NULL, NULL },
	{ "export", "export", NULL, NULL },
	{ "forget", "forget", "Erased; the objection is recorded as a keyed hash.",
	  "There was nothing to erase; the objection is recorded as a keyed hash." },
	{ "remember", "remember", "The objection is withdrawn.", "There was no objection." },
};

static bool ask_recorder(const struct settings *settings, char *words[], struct buffer *out,
			 struct why *why)
{
	char *path;
	bool ok;

	if (*settings->database_url)
		return privacy_requests_ask(settings, words, 3, out, why);
	path = ask_socket_path(settings, "recorder");
	ok = command_socket_ask(path, (const char *const *)words, 3, TIMEOUT_MS, out, why);
	free(path);
	return ok;
}

static void tell(size_t action, const char *answer, bool is_group)
{
	if (actions[action].done)
		puts(!strncmp(answer, "true", 4) ? actions[action].done : actions[action].not_done);
	else if (!strcmp(actions[action].name, "show"))
		show_export(answer, is_group);
	else
		answer_print(stdout, answer, strlen(answer));
}

/* What is stored about them. Returns the exit code. */
static int run_recorded(const struct settings *settings, char *words[3], size_t action)
{
	bool is_group = !strcmp(words[0], "group");
	struct buffer answer = { 0 };
	struct why why;
	bool good = ask_recorder(settings, words, &answer, &why);

	if (good) {
		tell(action, buffer_text(&answer), is_group);
	} else {
		answer_print_line(stderr, why.text);
		fputs("\n", stderr);
	}
	buffer_finish(&answer);
	if (good)
		return EX_OK;
	return !strncmp(why.text, "KORONE_PRIVACY_KEY", strlen("KORONE_PRIVACY_KEY"))
		       ? EX_CONFIG
		       : EX_UNAVAILABLE;
}

/* What waits about them. After what is stored: a handler that begins in between finds nothing any
 * more, and what it puts off is dropped, too. Returns the exit code. */
static int forget_waiting(const struct settings *settings, char *words[3])
{
	struct buffer answer = { 0 };
	int code = ask(settings, "ingress", (const char *const *)words, 3, &answer);

	buffer_finish(&answer);
	if (code == EX_OK)
		printf("Work that modules put off about %s is dropped.\n", words[2]);
	else
		fprintf(stderr,
			"Work that modules put off about %s may still wait at ingress: repeat the "
			"command once ingress runs, where its socket is.\n",
			words[2]);
	return code;
}

/* Both are tried, as there may be no place from where both are reached. */
static int forget(const struct settings *settings, char *words[3], size_t action)
{
	int recorded = run_recorded(settings, words, action), waiting;

	if (recorded == EX_CONFIG)
		return recorded;
	if (recorded != EX_OK)
		fprintf(stderr,
			"What is recorded about %s may still be there: repeat the command once the "
			"recorder, or the database, is reached.\n",
			words[2]);
	waiting = forget_waiting(settings, words);
	return recorded != EX_OK ? recorded : waiting;
}

static int run(const struct settings *settings, bool is_group, size_t action, char *id)
{
	char *words[] = { is_group ? "group" : "user", (char *)(uintptr_t)actions[action].asks,
			  id };

	return strcmp(actions[action].name, "forget") ? run_recorded(settings, words, action)
						      : forget(settings, words, action);
}

static int fail_config(const char *text)
{
	fprintf(stderr, "%s\n", text);
	return EX_CONFIG;
}

static int command(const struct settings *settings, int argc, char **argv, bool is_group)
{
	size_t action = 0;
	int64_t id;

	while (argc > 1 && action < COUNT_OF(actions) && strcmp(actions[action].name, argv[1]) != 0)
		action++;
	if (argc != 3 || action == COUNT_OF(actions))
		return usage_error(argv[0], "needs show, export, forget or remember, and an id");
	if (!telegram_id_parse(argv[2], is_group, &id))
		return usage_error(argv[0], is_group ? "ID must be a group's Telegram id, negative"
						     : "ID must be a person's Telegram id");
	if (*settings->database_url && !postgres_url_is_valid(settings->database_url))
		return fail_config("DATABASE_URL: is not a libpq URI");
	if (*settings->database_url && !*settings->privacy_key)
		return fail_config("KORONE_PRIVACY_KEY: is required with DATABASE_URL");
	return run(settings, is_group, action, argv[2]);
}

int command_user(const struct settings *settings, int argc, char **argv)
{
	return command(settings, argc, argv, false);
}

int command_group(const struct settings *settings, int argc, char **argv)
{
	return command(settings, argc, argv, true);
}
