/* places.c - two stacks of indices into scoreboard->calls. */
#include "workers/sender/places.h"

#include <stdatomic.h>

#include "common/xalloc.h"

void places_init(struct places *places, struct scoreboard *scoreboard)
{
	*places = (struct places) { .scoreboard = scoreboard };
}

void places_note(struct places *places, struct send_call *call)
{
	if (!call->place && places->free_count)
		call->place = places->free[--places->free_count];
	else if (!call->place && places->touched < SCOREBOARD_CALLS_MAX)
		call->place = (uint16_t)++places->touched;
	if (call->place)
		atomic_store(&places->scoreboard->calls[call->place - 1], call->id);
}

void places_forget(struct places *places, struct send_call *call)
{
	if (!call->place)
		return;
	array_reserve(places->over, &places->over_capacity, places->over_count + 1);
	places->over[places->over_count++] = call->place;
	call->place = 0;
}

void places_clear(struct places *places)
{
	while (places->over_count) {
		uint16_t place = places->over[--places->over_count];

		atomic_store(&places->scoreboard->calls[place - 1], 0);
		array_reserve(places->free, &places->free_capacity, places->free_count + 1);
		places->free[places->free_count++] = place;
	}
}
