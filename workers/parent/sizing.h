/* sizing.h - how many children a pool should have: grows at once when work waits for a child,
 * shrinks slowly when children are idle, so that it does not flap. Pure: times and counts are
 * passed in. */
#ifndef WORKERS_PARENT_SIZING_H
#define WORKERS_PARENT_SIZING_H

#include <stdbool.h>
#include <stdint.h>

struct sizing {
	uint32_t minimum, maximum;
	uint64_t short_since_ms; /* since when work has waited for children; 0: none waits */
	/* shrinking */
	uint64_t window_ms;  /* when the window of observation began */
	uint32_t idle_least; /* fewest that were idle at once during it */
	/* children that die on their first update, one after the other */
	uint32_t early_deaths;
	uint64_t failing_since_ms; /* when the first of them died */
	uint32_t holds;
	uint64_t hold_until_ms;
};

struct sizing_view {
	uint32_t starting, idle, busy;
	uint32_t progressing; /* busy children that finished something in the last few ms */
	uint32_t waiting;     /* lanes that a free child could handle now */
	uint32_t handle_us;   /* typical time in a handler */
};

void sizing_init(struct sizing *sizing, uint32_t minimum, uint32_t maximum, uint64_t now_ms);
/* How many children to start now. */
uint32_t sizing_grow(struct sizing *sizing, const struct sizing_view *view, uint64_t now_ms);
/* How many idle children to stop now; called about once a second. */
uint32_t sizing_shrink(struct sizing *sizing, const struct sizing_view *view, uint64_t now_ms);
/* A child died on its first update, or before one: after two seconds of nothing else, new children
 * are delayed, doubling up to a ceiling. True when that begins, so that it is logged once. */
bool sizing_crash_loop(struct sizing *sizing, uint64_t now_ms);
/* A child handled something. */
void sizing_success(struct sizing *sizing);

#endif
