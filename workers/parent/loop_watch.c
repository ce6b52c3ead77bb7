/* loop_watch.c - counts the ticks without a turn. */
#include "workers/parent/loop_watch.h"

/* Of the parent, 10 s; these loops turn at least once a second. Ticks rather than a clock, so that
 * a parent that was itself suspended does not blame the process. */
#define STUCK_TICKS 40u
#define ABORT_GRACE_MS 1000u

enum loop_state loop_watch_check(struct loop_watch *watch, struct scoreboard *scoreboard,
				 uint32_t ticks, uint64_t now_ms)
{
	uint64_t turned_ms = atomic_load(&scoreboard->turned_ms);

	watch->stuck_ticks = turned_ms == watch->turned_ms ? watch->stuck_ticks + ticks : 0;
	watch->turned_ms = turned_ms;
	if (watch->abort_ms)
		return now_ms - watch->abort_ms >= ABORT_GRACE_MS ? LOOP_SURVIVES : LOOP_TURNS;
	if (watch->stuck_ticks < STUCK_TICKS)
		return LOOP_TURNS;
	atomic_store(&scoreboard->slot.hang, 1);
	watch->abort_ms = now_ms;
	return LOOP_STUCK;
}
