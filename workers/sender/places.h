/* places.h - the calls that a sender has in flight, in the scoreboard: which ones a successor must
 * treat as in doubt. */
#ifndef WORKERS_SENDER_PLACES_H
#define WORKERS_SENDER_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "workers/sender/queue.h"
#include "workers/wire/scoreboard.h"

struct places {
	struct scoreboard *scoreboard;
	size_t touched; /* as many of scoreboard->calls, from the first, were used at any time */
	/* Those of them that are free, as a stack. */
	uint16_t *free;
	size_t free_count, free_capacity;
	/* Places of finished calls, until the parent has been told. */
	uint16_t *over;
	size_t over_count, over_capacity;
};

void places_init(struct places *places, struct scoreboard *scoreboard);
/* The call is about to be written. */
void places_note(struct places *places, struct send_call *call);
/* It is over; its place stays taken until places_clear(). */
void places_forget(struct places *places, struct send_call *call);
/* Only once the reports are written: if the sender died in between, the parent would take a call
 * for one that was never begun, and have it made again as if there were no doubt. */
void places_clear(struct places *places);

#endif
