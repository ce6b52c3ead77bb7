/* moved_clock.h - a clock that a test can advance, to test seconds and minutes: it runs as usual,
 * plus whatever the test adds. Only callers of clock_boot_ms() notice; sleeps take as long as ever.
 *
 * The Makefile links tests that include this with --wrap=clock_boot_ms. */
#ifndef TESTS_UNIT_MOVED_CLOCK_H
#define TESTS_UNIT_MOVED_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

static _Atomic uint64_t clock_ahead_ms;

uint64_t __real_clock_boot_ms(void);
uint64_t __wrap_clock_boot_ms(void);

uint64_t __wrap_clock_boot_ms(void)
{
	return __real_clock_boot_ms() + atomic_load(&clock_ahead_ms);
}

/* From any thread. */
static inline void put_clock_forward(uint64_t ms)
{
	atomic_fetch_add(&clock_ahead_ms, ms);
}

#endif
