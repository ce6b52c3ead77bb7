/* coalesce.h - under load a turn of a loop costs more in system calls and in switches between
 * processes than in work. A pause that nobody notices at the end of a turn lets messages gather, so
 * that one turn serves many. */
#ifndef COMMON_COALESCE_H
#define COMMON_COALESCE_H

#include <stdint.h>

/* A zeroed struct coalesce has not seen any load. */
struct coalesce {
	uint64_t window_ms, window_count;
	uint32_t pause_ns;
};

/* At the end of a turn; `count` is of what was done since the start. Pauses only when that grew by
 * several a millisecond lately. */
void coalesce_turn(struct coalesce *coalesce, uint64_t count, uint64_t now_ms);

#endif
