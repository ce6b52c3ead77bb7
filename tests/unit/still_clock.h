/* still_clock.h - a clock that stands still until a test puts it forward, for rules whose limits a
 * test meets to the millisecond however slow the machine is. Only what reads clock_boot_ms()
 * notices.
 *
 * The Makefile links what includes this with --wrap=clock_boot_ms. */
#ifndef TESTS_UNIT_STILL_CLOCK_H
#define TESTS_UNIT_STILL_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

static _Atomic uint64_t clock_still_ms = 1000000;

uint64_t __wrap_clock_boot_ms(void);

uint64_t __wrap_clock_boot_ms(void)
{
	return atomic_load(&clock_still_ms);
}

/* From any thread. */
static inline void put_clock_forward(uint64_t ms)
{
	atomic_fetch_add(&clock_still_ms, ms);
}

#endif
