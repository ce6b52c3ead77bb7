/* command_socket.h - operator commands to a running process over a 0600 unix socket: koronectl
 * sends a line of words and gets "ok" or the reason for a refusal in a line, then the answer until
 * the connection is closed. Whatever shows updates or changes something goes this way, never over
 * HTTP. The line starts with the key that this directory's processes share (curve.h), so that a
 * child of a pool, which has the same user and cannot open its file, is refused. */
#ifndef COMMON_COMMAND_SOCKET_H
#define COMMON_COMMAND_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/loop.h"
#include "common/why.h"

#define COMMAND_WORDS_MAX 8

struct command_socket;

/* `words` has `count` words, at least one, borrowed for the call. False with a reason: refused. */
typedef bool command_socket_fn(void *owner, char *const words[], size_t count, struct buffer *out,
			       struct why *why);

/* Makes the shared key if there is none. Replaces a socket left by an earlier run. Returns NULL
 * with a reason on failure. */
struct command_socket *command_socket_open(struct loop *loop, const char *path,
					   command_socket_fn *fn, void *owner, struct why *why);
/* NULL is allowed. */
void command_socket_close(struct command_socket *commands);

/* The client side: sends the words and waits for the complete answer, at most `timeout_ms`. False
 * with a reason when it was refused or nobody answers. */
MUST_CHECK bool command_socket_ask(const char *path, const char *const words[], size_t count,
				   int timeout_ms, struct buffer *out, struct why *why);

#endif
