/* lane.h - what must be handled in order: a queue of waiting updates and a count of those out.
 *
 *     waiting --take--> out (not handled) --handled--> handled (not done) --done--> gone
 *        ^-------------------return--------------|
 *
 * A lane exists while it has updates that are not done. Lanes are named by their position, which
 * stays; pointers are good until the next lanes_require(). */
#ifndef INGRESS_DISPATCH_LANE_H
#define INGRESS_DISPATCH_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/position_map.h"

#define LANE_NONE UINT32_MAX
/* Updates of one lane that may be out and not handled. */
#define LANE_RUN_MAX 16u
/* And of those whose replies are not sent: a chat that Telegram answers slowly must not fill the
 * pools. */
#define LANE_OUT_MAX 64u

#define LANE_PLACE_NONE UINT16_MAX       /* not ready */
#define LANE_PLACE_ANY (UINT16_MAX - 1u) /* ready for any consumer */

struct lane {
	uint64_t key;
	uint64_t ready_number; /* when it became ready: who is first */
	uint32_t head, tail;   /* waiting updates, oldest first */
	uint32_t waiting;
	uint32_t unhandled; /* out and not handled */
	uint32_t not_done;  /* out, handled or not */
	uint32_t ready_previous, ready_next;
	uint32_t joined;   /* the lane that took over after a migration, or LANE_NONE */
	uint32_t wait_for; /* updates of joined lanes that must be done first */
	uint32_t kept;     /* replies that are not due yet and go before what waits */
	uint16_t consumer; /* who has what is not done */
	uint16_t place;    /* the ready list it is in: a consumer, or LANE_PLACE_* */
	uint8_t share;     /* counted in the number of updates that could go now */
	bool urgent;
	bool held;   /* Telegram asked for silence in this chat */
	bool broken; /* something came back: nothing goes until all that is out is back or handled
		      */
	bool scattered; /* what is out is at several consumers: nothing goes until that is over */
	bool moved_out; /* what is out is of the chat's old id: that of the new one waits */
	bool used;
};

struct lanes {
	struct lane *table;
	size_t size, capacity;
	uint32_t free;
	struct position_map keys;
};

void lanes_init(struct lanes *lanes);
void lanes_finish(struct lanes *lanes);
uint32_t lanes_find(const struct lanes *lanes, uint64_t key);
/* Makes the lane if it is not there. */
uint32_t lanes_require(struct lanes *lanes, uint64_t key, bool urgent);
/* Only a lane that lane_is_idle(). */
void lanes_remove(struct lanes *lanes, uint32_t position);

/* How many more of it may go out now. */
uint32_t lane_room(const struct lane *lane);
bool lane_is_idle(const struct lane *lane);

/* Lanes that are ready, longest first. */
struct ready_list {
	uint32_t head, tail;
};

void ready_list_init(struct ready_list *list);
void ready_list_append(struct ready_list *list, struct lanes *lanes, uint32_t position);
void ready_list_remove(struct ready_list *list, struct lanes *lanes, uint32_t position);

#endif
