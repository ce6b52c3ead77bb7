/* ask.c - one request over common/command_socket.h, and exit codes for what goes wrong. */
#include "koronectl/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/command_socket.h"
#include "common/xalloc.h"
#include "koronectl/answer.h"

#define ASK_MS 10000

char *ask_socket_path(const struct settings *settings, const char *process)
{
	char *path = xasprintf("%s/%s/%s.control", settings->run_dir, process, process);

	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return xasprintf("%s/%s.control", settings->run_dir, process);
}

int ask(const struct settings *settings, const char *process, const char *const words[],
	size_t count, struct buffer *out)
{
	char *path = ask_socket_path(settings, process);
	struct why why;
	bool ok = command_socket_ask(path, words, count, ASK_MS, out, &why);
	bool is_there = access(path, F_OK) == 0;

	free(path);
	if (ok)
		return EX_OK;
	fprintf(stderr, "koronectl %s: ", words[0]);
	answer_print_line(stderr, why.text);
	fputs("\n", stderr);
	if (!is_there)
		fprintf(stderr, "Is %s running, and is KORONE_RUN_DIR what it has?\n", process);
	return EX_UNAVAILABLE;
}

int ask_and_print(const struct settings *settings, const char *process, const char *const words[],
		  size_t count, bool raw, void (*print)(const json_t *answer))
{
	struct buffer out = { 0 };
	int code = ask(settings, process, words, count, &out);
	json_t *answer = NULL;

	if (code == EX_OK && !raw)
		answer = answer_read(buffer_unread(&out), buffer_unread_size(&out));
	if (answer) {
		print(answer);
	} else if (code == EX_OK) {
		answer_print(stdout, buffer_text(&out), buffer_unread_size(&out));
		puts("");
	}
	json_decref(answer);
	buffer_finish(&out);
	return code;
}
