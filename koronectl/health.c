/* health.c - `koronectl health`: the container health check of a process. */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/xalloc.h"
#include "koronectl/answer.h"
#include "koronectl/command.h"
#include "koronectl/http.h"

static const struct {
	const char *name, *address;
} processes[] = {
	{ "ingress", "127.0.0.1:9101" },
	{ "worker", "127.0.0.1:9102" },
	{ "recorder", "127.0.0.1:9103" },
	{ "crashd", "127.0.0.1:9104" },
};

static const char *default_address(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(processes); i++)
		if (!strcmp(processes[i].name, name))
			return processes[i].address;
	return NULL;
}

/* A process that listens on every address is asked at loopback. */
static void make_url(const char *address, bool ready, char *out, size_t size)
{
	static const char any[] = "0.0.0.0:", any6[] = "[::]:";
	const char *path = ready ? "readyz" : "healthz";

	if (!strncmp(address, any, sizeof(any) - 1))
		snprintf(out, size, "http://127.0.0.1:%s/%s", address + sizeof(any) - 1, path);
	else if (!strncmp(address, any6, sizeof(any6) - 1))
		snprintf(out, size, "http://[::1]:%s/%s", address + sizeof(any6) - 1, path);
	else
		snprintf(out, size, "http://%s/%s", address, path);
}

static void print_refusal(const char *process, long status, struct buffer *body)
{
	fprintf(stderr, "%s: %ld ", process, status);
	answer_print(stderr, buffer_text(body), buffer_unread_size(body));
	fputs("\n", stderr);
}

static void print_silence(const char *process, const char *url, const char *why)
{
	fprintf(stderr, "%s: no answer at %s: ", process, url);
	answer_print_line(stderr, why);
	fputs("\n", stderr);
}

int command_health(const struct settings *settings, int argc, char **argv)
{
	const char *address = argc > 1 ? default_address(argv[1]) : NULL;
	bool ready = argc == 3 && !strcmp(argv[2], "--ready");
	struct buffer body = { 0 };
	char url[512];
	struct why why;
	long status;

	if (!address)
		return usage_error("health", "NAME must be ingress, worker, recorder or crashd");
	if (argc > 3 || (argc == 3 && !ready))
		return usage_error("health", "after NAME only --ready is known");
	if (*settings->health_listen)
		address = settings->health_listen;
	make_url(address, ready, url, sizeof(url));
	status = http_get(url, &body, &why);
	if (!status)
		print_silence(argv[1], log_redact(url), why.text);
	else if (status != 200)
		print_refusal(argv[1], status, &body);
	buffer_finish(&body);
	return status == 200 ? EXIT_READY : EXIT_NOT_READY;
}
