/* sync_time.h - how long the program's last fdatasync() took: its own one overrides libc's. Include
 * it in only one file of a program. */
#ifndef TESTS_BENCH_SYNC_TIME_H
#define TESTS_BENCH_SYNC_TIME_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/clock.h"

static _Atomic uint64_t last_sync_us;

int fdatasync(int fd)
{
	uint64_t start_us = clock_boot_us();
	int result = (int)syscall(SYS_fdatasync, fd);

	atomic_store(&last_sync_us, clock_boot_us() - start_us);
	return result;
}

#endif
