/* traceback.h - frames as text and as a fingerprint. */
#ifndef CRASHD_TRACEBACK_H
#define CRASHD_TRACEBACK_H

#include <stddef.h>

#include "common/buffer.h"
#include "crashd/frame.h"

#define FINGERPRINT_SIZE 65

/* One line per frame, the crash first, repeated frames counted, at most `limit` bytes in all. */
void traceback_write(const struct frames *frames, size_t limit, struct buffer *out);

/* SHA-256 in hex over the type and the functions of our own frames, each once: it does not change
 * when lines move, when a library changes, or with the depth of a recursion. Guesses do not count.
 * Without a frame of ours, over `place` (module and handler, or the process). */
void traceback_fingerprint(const struct frames *frames, const char *type, const char *place,
			   char out[FINGERPRINT_SIZE]);

#endif
