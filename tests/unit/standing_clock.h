/* standing_clock.h - a clock that stands until a test moves it: rules of milliseconds are tested to
 * the millisecond, however slow the machine is. Processes that are forked have the same clock.
 *
 * The Makefile links what includes this with --wrap=clock_boot_ms. */
#ifndef TESTS_UNIT_STANDING_CLOCK_H
#define TESTS_UNIT_STANDING_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

#include "common/xalloc.h"

#define CLOCK_START_MS 1000000u

uint64_t __wrap_clock_boot_ms(void);

static _Atomic uint64_t *clock_of_all(void)
{
	static _Atomic uint64_t *clock_ms;

	if (!clock_ms) {
		clock_ms = xshare(sizeof(*clock_ms));
		atomic_store(clock_ms, CLOCK_START_MS);
	}
	return clock_ms;
}

uint64_t __wrap_clock_boot_ms(void)
{
	return atomic_load(clock_of_all());
}

static inline void put_clock_forward(uint64_t ms)
{
	atomic_fetch_add(clock_of_all(), ms);
}

/* To a whole second, where the ticks of all loops begin. */
static inline void put_clock_on_a_tick(void)
{
	put_clock_forward((1000 - __wrap_clock_boot_ms() % 1000) % 1000);
}

#endif
