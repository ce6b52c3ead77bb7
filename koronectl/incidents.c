/* incidents.c - `koronectl incidents` and `incident ID`: asks crashd over its socket. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/xalloc.h"
#include "koronectl/answer.h"
#include "koronectl/ask.h"
#include "koronectl/command.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static long long number_of(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

static void print_place(const json_t *incident)
{
	if (text_of(incident, "function")[0] != '\0')
		printf("%s (%s:%lld)", text_of(incident, "function"), text_of(incident, "file"),
		       number_of(incident, "line"));
	else
		printf("%s %s", text_of(incident, "process"), text_of(incident, "module"));
}

static const char *last_reference(const json_t *incident)
{
	const char *reference = json_string_value(
		json_array_get(json_object_get(incident, "references"), 0));

	return reference ? reference : "";
}

static void print_incidents(const json_t *answer)
{
	const json_t *incidents = json_object_get(answer, "incidents"), *incident;
	size_t i;

	if (json_array_size(incidents) == 0)
		puts("No crash and no error so far.");
	json_array_foreach(incidents, i, incident)
	{
		printf("%6lld  %.8s  %s\n        in ", number_of(incident, "count"),
		       text_of(incident, "fingerprint"), text_of(incident, "type"));
		print_place(incident);
		printf("\n        first %s, last %s\n        reference %s\n",
		       text_of(incident, "first"), text_of(incident, "last"),
		       last_reference(incident));
	}
}

static void print_update(const json_t *update)
{
	char *text = json_is_object(update) ? json_dumps(update, JSON_INDENT(2)) : NULL;

	if (text) {
		puts("\nThe update:");
		answer_print(stdout, text, strlen(text));
		puts("");
	}
	free(text);
}

static void print_report(const json_t *report)
{
	if (json_is_null(report)) {
		puts("\nThe full report is no longer here: Logfire has it, it has expired, or it"
		     "\nwas only logged because no Logfire is set.");
		return;
	}
	printf("\n%s  reference %s\npool %s on %s, pid %lld, version %s, handler %s, attempt "
	       "%lld\n\n%s",
	       text_of(report, "occurred"), text_of(report, "reference"), text_of(report, "pool"),
	       text_of(report, "host"), number_of(report, "pid"), text_of(report, "version"),
	       text_of(report, "handler"), number_of(report, "attempt"),
	       text_of(report, "traceback"));
	puts("");
	print_update(json_object_get(report, "update"));
}

static void print_incident(const json_t *answer)
{
	const json_t *incident = json_object_get(answer, "incident");
	const json_t *references = json_object_get(incident, "references"), *reference;
	size_t i;

	printf("%s\n", text_of(incident, "title"));
	if (text_of(incident, "reason")[0] != '\0')
		printf("reason: %s\n", text_of(incident, "reason"));
	printf("count %lld, first %s, last %s\nfingerprint %s\nprocess %s, module %s, version "
	       "%s\nreferences:\n",
	       number_of(incident, "count"), text_of(incident, "first"), text_of(incident, "last"),
	       text_of(incident, "fingerprint"), text_of(incident, "process"),
	       text_of(incident, "module"), text_of(incident, "version"));
	json_array_foreach(references, i, reference)
	{
		printf("  %s\n", json_string_value(reference));
	}
	print_report(json_object_get(answer, "report"));
}

int command_incidents(const struct settings *settings, int argc, char **argv)
{
	const char *const words[] = { "incidents" };
	bool raw = argc == 2 && !strcmp(argv[1], "--json");

	if (argc > 1 && !raw)
		return usage_error(argv[0], "takes --json and nothing else");
	return ask_and_print(settings, "crashd", words, 1, raw, print_incidents);
}

int command_incident(const struct settings *settings, int argc, char **argv)
{
	bool raw = argc == 3 && !strcmp(argv[2], "--json");

	if (argc < 2 || (argc > 2 && !raw))
		return usage_error(argv[0], "takes one id, and --json");
	const char *const words[] = { "incident", argv[1] };

	return ask_and_print(settings, "crashd", words, 2, raw, print_incident);
}
