/* lane.h - updates that must be handled in order: a queue of waiting ones and a count of those in
 * flight.
 *
 *     waiting --take--> out (not handled) --handled--> handled (not done) --done--> gone
 *        ^-------------------return--------------|
 *
 * A lane exists while it has updates that are not done. A lane is identified by its position, which
 * never changes; pointers are valid until the next lanes_require(). */
#ifndef INGRESS_DISPATCH_LANE_H
#define INGRESS_DISPATCH_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/position_map.h"

#define LANE_NONE UINT32_MAX
/* Updates of one lane that may be in flight and not handled. */
#define LANE_RUN_MAX 16u
/* Including those whose replies are not sent yet: a chat that Telegram answers slowly must not fill
 * the pools. */
#define LANE_OUT_MAX 64u

#define LANE_PLACE_NONE UINT16_MAX       /* not ready */
#define LANE_PLACE_ANY (UINT16_MAX - 1u) /* ready for any consumer */

struct lane {
	uint64_t key;
	uint64_t ready_number; /* assigned when it became ready: decides who is first */
	uint32_t head, tail;   /* waiting updates, oldest first */
	uint32_t waiting;
	uint32_t unhandled; /* in flight and not handled */
	uint32_t not_done;  /* in flight, handled or not */
	uint32_t ready_previous, ready_next;
	uint32_t joined;   /* the lane that took over after a migration, or LANE_NONE */
	uint32_t wait_for; /* updates of joined lanes that must be done first */
	uint32_t kept;     /* deferred replies that go before everything waiting */
	uint16_t consumer; /* who has what is in flight */
	uint16_t place;    /* the ready list it is in: a consumer, or LANE_PLACE_* */
	uint8_t share;     /* counted in the number of updates that could be sent now */
	bool urgent;
	bool held;      /* Telegram asked us to wait in this chat */
	bool broken;    /* one came back: nothing is sent until all in flight are back or handled */
	bool scattered; /* in flight at several consumers: nothing is sent until that is over */
	bool moved_out; /* in flight are updates of the chat's old id: those of the new id wait */
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
/* Creates the lane if it does not exist. */
uint32_t lanes_require(struct lanes *lanes, uint64_t key, bool urgent);
/* Only when lane_is_idle(). */
void lanes_remove(struct lanes *lanes, uint32_t position);

/* How many more of its updates may be sent now. */
uint32_t lane_room(const struct lane *lane);
bool lane_is_idle(const struct lane *lane);

/* Ready lanes, the one that has been ready longest first. */
struct ready_list {
	uint32_t head, tail;
};

void ready_list_init(struct ready_list *list);
void ready_list_append(struct ready_list *list, struct lanes *lanes, uint32_t position);
void ready_list_remove(struct ready_list *list, struct lanes *lanes, uint32_t position);

#endif
