/* gather.c - see gather.h. */
#include "common/gather.h"

#include <time.h>

#define WINDOW_MS 10u
#define HURRIED_PER_MS 3u
/* A pause grows with the load: at 3 a millisecond 150 microseconds, at 12 and more 600. */
#define PAUSE_PER_RATE_NS 50000u
#define PAUSE_MAX_NS 600000u

void gather_turn(struct gather *gather, uint64_t count, uint64_t now_ms)
{
	uint64_t passed_ms = now_ms - gather->window_ms;

	if (passed_ms >= WINDOW_MS) {
		uint64_t rate = (count - gather->window_count) / passed_ms;
		uint64_t pause_ns = rate < HURRIED_PER_MS ? 0 : rate * PAUSE_PER_RATE_NS;

		gather->pause_ns = (uint32_t)(pause_ns < PAUSE_MAX_NS ? pause_ns : PAUSE_MAX_NS);
		gather->window_ms = now_ms;
		gather->window_count = count;
	}
	if (gather->pause_ns)
		nanosleep(&(struct timespec) { .tv_nsec = gather->pause_ns }, NULL);
}
