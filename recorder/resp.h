/* resp.h - writes commands for Redis (RESP, redis.io/docs/reference/protocol-spec), many into one
 * buffer: hiredis would allocate and print for each. */
#ifndef RECORDER_RESP_H
#define RECORDER_RESP_H

#include <stddef.h>

#include "common/buffer.h"

/* Starts a command; exactly this many arguments must follow, including its name. */
void resp_command(struct buffer *out, size_t arguments);
void resp_argument(struct buffer *out, const void *bytes, size_t size);
void resp_word(struct buffer *out, const char *word);

#endif
