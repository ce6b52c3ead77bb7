/* coalesce.c - measures the load of recent turns and sleeps for a fixed time when it is high. */
#include "common/coalesce.h"

#include <time.h>

#define WINDOW_MS 10u
#define HURRIED_PER_MS 3u
/* Not longer, because the busiest lane waits for it several times with each run of updates: with
 * 600 microseconds that lane, and not the CPUs, limited the throughput. */
#define PAUSE_NS 300000u

void coalesce_turn(struct coalesce *coalesce, uint64_t count, uint64_t now_ms)
{
	uint64_t passed_ms = now_ms - coalesce->window_ms;

	if (passed_ms >= WINDOW_MS) {
		uint64_t rate = (count - coalesce->window_count) / passed_ms;

		coalesce->pause_ns = rate < HURRIED_PER_MS ? 0 : PAUSE_NS;
		coalesce->window_ms = now_ms;
		coalesce->window_count = count;
	}
	if (coalesce->pause_ns)
		nanosleep(&(struct timespec) { .tv_nsec = coalesce->pause_ns }, NULL);
}
