/* crowd.c - many pools that do nothing, each over a link of its own to a running ingress.
 *
 *     crowd ENDPOINT RUN_DIR POOLS [PROCESSES]
 *
 * Prints once a second how many beats were answered in it, the mean time of an answer and the
 * longest, in µs. SIGUSR1 kills every other process of pools, without a word to ingress. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/xalloc.h"
#include "tests/bench/synthetic_pool.h"

#define PROCESSES_MAX 100u

static volatile sig_atomic_t halve;

static void on_signal(int number)
{
	(void)number;
	halve = 1;
}

static void kill_half(pid_t *pids, size_t count)
{
	for (size_t i = 0; i < count; i += 2) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	printf("halved\n");
}

static void report(void)
{
	uint64_t beats = atomic_exchange(&arrival->beats, 0);
	uint64_t sum_us = atomic_exchange(&arrival->beats_us, 0);
	uint64_t slowest_us = atomic_exchange(&arrival->slowest_beat_us, 0);

	printf("%llu %llu %llu\n", (unsigned long long)beats,
	       (unsigned long long)(beats ? sum_us / beats : 0), (unsigned long long)slowest_us);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	pid_t pids[PROCESSES_MAX];

	if (argc < 4) {
		fprintf(stderr, "usage: crowd ENDPOINT RUN_DIR POOLS [PROCESSES]\n");
		return 64;
	}
	size_t count = strtoul(argv[3], NULL, 10);
	size_t processes = argc > 4 ? strtoul(argv[4], NULL, 10) : 8;
	if (count == 0 || processes == 0 || processes > PROCESSES_MAX || processes > count)
		return 64;
	log_open("crowd", LOG_FORMAT_LOGFMT, LOG_LEVEL_WARN);
	share_arrival();
	for (size_t i = 0; i < processes; i++)
		pids[i] = start_pools(argv[1], argv[2],
				      count / processes + (i < count % processes));
	signal(SIGUSR1, on_signal);
	for (;;) {
		sleep(1);
		if (halve)
			kill_half(pids, processes);
		halve = 0;
		report();
	}
}
