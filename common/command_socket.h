/* command_socket.h - what operators ask of a running process, over a 0600 unix socket: koronectl
 * sends a line of words, gets "ok" or the reason of a refusal in a line, then the answer, then the
 * end. What shows updates or changes something goes this way and never over HTTP. */
#ifndef COMMON_COMMAND_SOCKET_H
#define COMMON_COMMAND_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/loop.h"
#include "common/why.h"

#define COMMAND_WORDS_MAX 8

struct command_socket;

/* `words` has `count` words, at least one, borrowed for the call. False: refused, and why. */
typedef bool command_socket_fn(void *owner, char *const words[], size_t count, struct buffer *out,
			       struct why *why);

/* Replaces a socket that an earlier run left. NULL and a reason on failure. */
struct command_socket *command_socket_open(struct loop *loop, const char *path,
					   command_socket_fn *fn, void *owner, struct why *why);
/* NULL is allowed. */
void command_socket_close(struct command_socket *commands);

/* The other side: sends the words and waits for the whole answer, at most `timeout_ms`. False when
 * it was refused or nobody answers, and why. */
MUST_CHECK bool command_socket_ask(const char *path, const char *const words[], size_t count,
				   int timeout_ms, struct buffer *out, struct why *why);

#endif
