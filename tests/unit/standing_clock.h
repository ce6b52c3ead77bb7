/* standing_clock.h - a clock that stands until a test moves it, and a loop that turns once: rules
 * of milliseconds are tested to the millisecond, however slow the machine is, and nothing waits.
 * Processes that are forked have the same clock.
 *
 * The Makefile links what includes this with --wrap=clock_boot_ms. */
#ifndef TESTS_UNIT_STANDING_CLOCK_H
#define TESTS_UNIT_STANDING_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

#include "common/loop.h"
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

static inline void move_clock(uint64_t ms)
{
	atomic_fetch_add(clock_of_all(), ms);
}

/* How turn_loop() runs it: loop_run(), unless a test has put itself in that one's place. */
#ifndef RUN_LOOP
#define RUN_LOOP loop_run
#endif

static inline void end_turn(void *owner)
{
	loop_stop(owner);
}

/* One turn: what is there is read, what is due is called, the hooks are. Nothing is waited for. */
static inline void turn_loop(struct loop *loop)
{
	struct loop_timer end = { .fn = end_turn, .owner = loop };

	loop_timer_set(loop, &end, 0);
	RUN_LOOP(loop);
}

#endif
