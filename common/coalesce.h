/* coalesce.h - under load, a loop turn costs more in system calls and context switches than in
 * work. An unnoticeable pause at the end of a turn lets messages accumulate, so that one turn
 * serves many. */
#ifndef COMMON_COALESCE_H
#define COMMON_COALESCE_H

#include <stdint.h>

/* A zeroed struct coalesce has seen no load yet. */
struct coalesce {
	uint64_t window_ms, window_count;
	uint32_t pause_ns;
};

/* Call at the end of a turn; `count` is the amount of work done since the start. Pauses only when
 * it recently grew by several per millisecond. */
void coalesce_turn(struct coalesce *coalesce, uint64_t count, uint64_t now_ms);

#endif
