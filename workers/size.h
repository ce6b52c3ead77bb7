/* size.h - how many children a pool should have: grows at once when work waits for a child, shrinks
 * slowly when children idle, so that it does not flap. Pure: times and counts are passed in. */
#ifndef WORKERS_SIZE_H
#define WORKERS_SIZE_H

#include <stdbool.h>
#include <stdint.h>

struct size {
	uint32_t minimum, maximum;
	uint64_t short_since_ms; /* work waits for children since; 0: it does not */
	/* shrinking */
	uint64_t window_ms;  /* when the window of observation began */
	uint32_t idle_least; /* fewest that idled at once during it */
	/* children that end on their first update, one after the other */
	uint32_t infant_deaths;
	uint64_t barren_since_ms; /* the first of them */
	uint32_t holds;
	uint64_t hold_until_ms;
};

struct size_view {
	uint32_t starting, idle, busy;
	uint32_t advancing; /* busy ones that finished something in the last few ms */
	uint32_t waiting;   /* lanes that could be handled now if there were a child */
	uint32_t handle_us; /* typical time in a handler */
};

void size_init(struct size *size, uint32_t minimum, uint32_t maximum, uint64_t now_ms);
/* How many children to start now. */
uint32_t size_grow(struct size *size, const struct size_view *view, uint64_t now_ms);
/* How many idle children to stop now; called about once a second. */
uint32_t size_shrink(struct size *size, const struct size_view *view, uint64_t now_ms);
/* A child ended on its first update, or before one: when for two seconds there was nothing else,
 * new ones are held back, doubling to a ceiling. True when that begins, so that it is said once. */
bool size_infant_death(struct size *size, uint64_t now_ms);
/* A child handled something. */
void size_success(struct size *size);

#endif
