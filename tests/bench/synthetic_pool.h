/* synthetic_pool.h - a pool for benches of ingress: a process that says DONE at once. */
#ifndef TESTS_BENCH_SYNTHETIC_POOL_H
#define TESTS_BENCH_SYNTHETIC_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* When pool and child got the latest update: in memory that the processes share. */
struct arrival {
	_Atomic uint64_t pool_us, child_us;
};

extern struct arrival *arrival;

/* Once, before the first pool. */
void share_arrival(void);
/* With a child it passes on what comes, as a parent does. It ends with this process. */
pid_t start_pool(const char *endpoint, bool with_child);

#endif
