/* gather.c - see gather.h. */
#include "common/gather.h"

#include <time.h>

#define PAUSE_NS 300000
#define WINDOW_MS 10u
#define HURRIED_PER_MS 3u

void gather_turn(struct gather *gather, uint64_t count, uint64_t now_ms)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };

	if (now_ms - gather->window_ms >= WINDOW_MS) {
		gather->hurried = count - gather->window_count >=
				  HURRIED_PER_MS * (now_ms - gather->window_ms);
		gather->window_ms = now_ms;
		gather->window_count = count;
	}
	if (gather->hurried)
		nanosleep(&pause, NULL);
}
