/* places.c - two stacks of indices into scoreboard->calls. */
#include "workers/sender/places.h"

#include <stdatomic.h>

#include "common/xalloc.h"

void places_init(struct places *places, struct scoreboard *scoreboard)
{
	*places = (struct places) { .scoreboard = scoreboard };
	places->free = xcalloc(SCOREBOARD_CALLS_MAX, sizeof(*places->free));
	places->over = xcalloc(SCOREBOARD_CALLS_MAX, sizeof(*places->over));
	for (uint16_t place = SCOREBOARD_CALLS_MAX; place > 0; place--)
		places->free[places->free_count++] = place;
}

void places_note(struct places *places, struct send_call *call)
{
	if (!call->place && places->free_count)
		call->place = places->free[--places->free_count];
	if (call->place)
		atomic_store(&places->scoreboard->calls[call->place - 1], call->id);
}

void places_forget(struct places *places, struct send_call *call)
{
	if (call->place)
		places->over[places->over_count++] = call->place;
	call->place = 0;
}

void places_clear(struct places *places)
{
	while (places->over_count) {
		uint16_t place = places->over[--places->over_count];

		atomic_store(&places->scoreboard->calls[place - 1], 0);
		places->free[places->free_count++] = place;
	}
}
