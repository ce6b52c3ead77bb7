/* loop_watch.h - whether the loop of a sender or fetcher turns: it writes the time of each turn on
 * its scoreboard. Pure, but for that. */
#ifndef WORKERS_PARENT_LOOP_WATCH_H
#define WORKERS_PARENT_LOOP_WATCH_H

#include <stdint.h>

#include "workers/wire/scoreboard.h"

struct loop_watch {
	uint64_t turned_ms;   /* turned_ms of the scoreboard at the last check */
	uint32_t stuck_ticks; /* of the parent, during which it has not changed */
	uint64_t abort_ms;    /* to be aborted since, because it is stuck; 0: it is not */
};

enum loop_state {
	LOOP_TURNS,
	LOOP_STUCK,    /* once, after 40 ticks without a turn: its slot is marked, abort it */
	LOOP_SURVIVES, /* a second later, and from then on: kill it */
};

/* When `ticks` of the parent have passed. */
enum loop_state loop_watch_check(struct loop_watch *watch, struct scoreboard *scoreboard,
				 uint32_t ticks, uint64_t now_ms);

#endif
