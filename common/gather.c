/* gather.c - see gather.h. */
#include "common/gather.h"

#include <time.h>

#define WINDOW_MS 10u
#define HURRIED_PER_MS 3u
/* Not longer, for the busiest lane waits for it several times with each run of updates: with 600
 * microseconds that lane, and not the processors, limited the whole. */
#define PAUSE_NS 300000u

void gather_turn(struct gather *gather, uint64_t count, uint64_t now_ms)
{
	uint64_t passed_ms = now_ms - gather->window_ms;

	if (passed_ms >= WINDOW_MS) {
		uint64_t rate = (count - gather->window_count) / passed_ms;

		gather->pause_ns = rate < HURRIED_PER_MS ? 0 : PAUSE_NS;
		gather->window_ms = now_ms;
		gather->window_count = count;
	}
	if (gather->pause_ns)
		nanosleep(&(struct timespec) { .tv_nsec = gather->pause_ns }, NULL);
}
