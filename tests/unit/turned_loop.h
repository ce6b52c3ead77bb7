/* turned_loop.h - the loop as a test turns it, under a standing clock: where it would sleep, the
 * clock moves on instead, so that hours pass at once and nothing happens that no timer asked for.
 *
 * The Makefile links what includes this with --wrap=epoll_wait. */
#ifndef TESTS_UNIT_TURNED_LOOP_H
#define TESTS_UNIT_TURNED_LOOP_H

#include <sys/epoll.h>

#include "common/loop.h"
#include "tests/unit/standing_clock.h"

/* loop_run(), unless a test has put itself in that one's place. */
#ifndef RUN_LOOP
#define RUN_LOOP loop_run
#endif

int __real_epoll_wait(int epoll, struct epoll_event *events, int room, int timeout_ms);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int room, int timeout_ms);

int __wrap_epoll_wait(int epoll, struct epoll_event *events, int room, int timeout_ms)
{
	int count = __real_epoll_wait(epoll, events, room, 0);

	if (!count && timeout_ms > 0)
		put_clock_forward((uint64_t)timeout_ms);
	return count;
}

static inline void end_turns(void *owner)
{
	loop_stop(owner);
}

/* All that happens in that time; 0: one turn. */
static inline void turn_loop(struct loop *loop, uint64_t ms)
{
	struct loop_timer end = { .fn = end_turns, .owner = loop };

	loop_timer_set(loop, &end, ms);
	RUN_LOOP(loop);
	loop_timer_clear(loop, &end); /* something else may have stopped it */
}

#endif
