/* random.c - getrandom(2) and ids from a buffer of random bytes. */
#include "common/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "common/log.h"

void random_bytes(void *out, size_t size)
{
	uint8_t *at = out;

	while (size > 0) {
		ssize_t got = getrandom(at, size, 0);

		if (got < 0 && errno != EINTR)
			panic("getrandom fails errno=%d", errno);
		if (got > 0) {
			at += got;
			size -= (size_t)got;
		}
	}
}

uint64_t random_u64(void)
{
	uint64_t value;

	do
		random_bytes(&value, sizeof(value));
	while (!value);
	return value;
}

/* Ids are made per update; a system call for each would cost more than everything else. */
struct trace_id trace_id_make(void)
{
	static _Thread_local uint8_t pool[64 * TRACE_ID_SIZE];
	static _Thread_local size_t left;
	struct trace_id trace;

	do {
		if (!left) {
			random_bytes(pool, sizeof(pool));
			left = sizeof(pool);
		}
		left -= sizeof(trace);
		memcpy(&trace, pool + left, sizeof(trace));
	} while (trace_id_is_zero(&trace));
	return trace;
}
