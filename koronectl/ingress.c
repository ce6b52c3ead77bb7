/* ingress.c - `koronectl backlog`, `set-aside` and `drain`: asks ingress over its socket. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "common/xalloc.h"
#include "koronectl/answer.h"
#include "koronectl/ask.h"
#include "koronectl/command.h"

static long long number_of(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

/* --- backlog ---------------------------------------------------------------------------------- */

static void print_span(long long seconds)
{
	if (seconds < 60)
		printf("%4lld s", seconds);
	else if (seconds < 3600)
		printf("%4lld m", seconds / 60);
	else
		printf("%4lld h", seconds / 3600);
}

static void print_backlog(const json_t *answer)
{
	const json_t *ages = json_object_get(answer, "ages");
	const json_t *longest = json_object_get(answer, "longest"), *row;
	size_t i;

	printf("updates %lld, ready %lld, in flight %lld, not due yet %lld; lanes %lld\n",
	       number_of(answer, "updates"), number_of(answer, "ready"),
	       number_of(answer, "in_hand"), number_of(answer, "waiting_work"),
	       number_of(answer, "lanes"));
	json_array_foreach(ages, i, row)
	{
		if (number_of(row, "updates") == 0)
			continue;
		printf("  older than ");
		print_span(number_of(row, "from_s"));
		printf(" %10lld\n", number_of(row, "updates"));
	}
	if (json_array_size(longest))
		puts("\nLANE               WAITING IN FLIGHT  OLDEST");
	json_array_foreach(longest, i, row)
	{
		printf("%s  %8lld %8lld  ", json_string_value(json_object_get(row, "lane")),
		       number_of(row, "waiting"), number_of(row, "in_hand"));
		print_span(number_of(row, "oldest_ms") / 1000);
		puts(json_is_true(json_object_get(row, "held")) ? "  cooling down" : "");
	}
}

int command_backlog(const struct settings *settings, int argc, char **argv)
{
	static const char *const words[] = { "backlog" };
	bool json = argc == 2 && !strcmp(argv[1], "--json");

	if (argc > 1 && !json)
		return usage_error(argv[0], "takes --json and nothing else");
	return ask_and_print(settings, "ingress", words, 1, json, print_backlog);
}

/* --- set-aside -------------------------------------------------------------------------------- */

static void print_pieces(const json_t *answer)
{
	const json_t *row;
	size_t i;

	if (json_array_size(answer) == 0)
		puts("No update is set aside.");
	json_array_foreach(answer, i, row)
	{
		time_t received = (time_t)number_of(row, "received");
		struct tm utc;
		char when[32];

		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%SZ", gmtime_r(&received, &utc));
		printf("%lld  %s  update %lld, %lld bytes: %s\n", number_of(row, "number"), when,
		       number_of(row, "update_id"), number_of(row, "bytes"),
		       json_string_value(json_object_get(row, "reason")));
	}
}

/* Byte by byte, because what is wrong with it may be one of them; but not on a terminal. */
static void print_piece(const struct buffer *piece)
{
	if (isatty(STDOUT_FILENO))
		answer_print(stdout, (const char *)buffer_unread(piece), buffer_unread_size(piece));
	else
		fwrite(buffer_unread(piece), 1, buffer_unread_size(piece), stdout);
	putchar('\n');
}

int command_quarantine(const struct settings *settings, int argc, char **argv)
{
	bool list = argc > 1 && !strcmp(argv[1], "list");
	bool json = list && argc == 3 && !strcmp(argv[2], "--json");
	const char *words[] = { "set-aside", argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "" };
	struct buffer out = { 0 };

	if (argc < 2 || argc > 3 || (!list && argc != 3))
		return usage_error(argv[0], "takes list, or show, retry or drop with a number");
	if (list)
		return ask_and_print(settings, "ingress", words, 2, json, print_pieces);

	int code = ask(settings, "ingress", words, 3, &out);
	if (code == EX_OK && buffer_unread_size(&out) > 0)
		print_piece(&out);
	buffer_finish(&out);
	return code;
}

/* --- drain ------------------------------------------------------------------------------------ */

static void print_drain(const json_t *answer)
{
	bool draining = json_is_true(json_object_get(answer, "draining"));

	printf("ingress takes %supdates; not done yet %lld, in flight %lld\n",
	       draining ? "no more " : "", number_of(answer, "backlog"),
	       number_of(answer, "in_hand"));
}

int command_drain(const struct settings *settings, int argc, char **argv)
{
	bool off = argc == 2 && !strcmp(argv[1], "off");
	const char *words[] = { "drain", "off" };

	if (argc > 1 && !off)
		return usage_error(argv[0], "takes no argument, or off");
	return ask_and_print(settings, "ingress", words, off ? 2 : 1, false, print_drain);
}
