/* moved_clock.h - a clock that a test puts forward, for rules of seconds and minutes: it goes on as
 * ever, and what the test adds has passed at once. Only what reads clock_boot_ms() notices; sleeps
 * take as long as they do.
 *
 * The Makefile links what includes this with --wrap=clock_boot_ms. */
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
