/* ask.h - asks a running process over its command socket, and shows the answer. */
#ifndef KORONECTL_ASK_H
#define KORONECTL_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "common/buffer.h"
#include "common/settings.h"

/* Where a process has its command socket: in KORONE_RUN_DIR, or in a run directory of its own
 * there. The caller frees it. */
char *ask_socket_path(const struct settings *settings, const char *process);
/* Asks PROCESS over its command socket and appends the answer to `out`. Without an answer it prints
 * why. Returns the exit code. */
int ask(const struct settings *settings, const char *process, const char *const words[],
	size_t count, struct buffer *out);
/* The same, and prints the answer, raw or by `print`. */
int ask_and_print(const struct settings *settings, const char *process, const char *const words[],
		  size_t count, bool raw, void (*print)(const json_t *answer));

#endif
