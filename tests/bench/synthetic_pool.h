/* synthetic_pool.h - a pool for benches of ingress: a process that says DONE at once. */
#ifndef TESTS_BENCH_SYNTHETIC_POOL_H
#define TESTS_BENCH_SYNTHETIC_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* When pool and child got the latest update, and how long beats were answered after: in memory that
 * the processes share. */
struct arrival {
	_Atomic uint64_t pool_us, child_us;
	_Atomic uint64_t beats, beats_us, slowest_beat_us;
};

extern struct arrival *arrival;

/* Once, before the first pool. */
void share_arrival(void);
/* With a child it passes on what comes, as a parent does. It ends with this process. */
pid_t start_pool(const char *endpoint, bool with_child);
/* A process with many, each with a link of its own; at most 500, for libzmq's limit of sockets. The
 * key of a tcp:// endpoint is in `run_dir`. */
pid_t start_pools(const char *endpoint, const char *run_dir, size_t count);

#endif
