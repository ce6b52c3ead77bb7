/* clock.c - clock_gettime(2) in the units that callers need. */
#include "common/clock.h"

#include <time.h>

static uint64_t read_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t clock_boot_ms(void)
{
	return read_ns(CLOCK_BOOTTIME) / 1000000u;
}

uint64_t clock_boot_us(void)
{
	return read_ns(CLOCK_BOOTTIME) / 1000u;
}

int64_t clock_utc_s(void)
{
	return (int64_t)(read_ns(CLOCK_REALTIME) / 1000000000u);
}

uint64_t clock_utc_ns(void)
{
	return read_ns(CLOCK_REALTIME);
}
