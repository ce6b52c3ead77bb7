/* lane_moves.h - which chats have just gone from one pool to another. What a handler has stored is
 * seen by other pools two seconds later (SETTINGS_CACHE_FOLLOW_MS), which is too late for the next
 * update of the same chat: a pool that gets one looks first.
 *
 * A table of fixed size: a lane that needs the place of another takes it. No clock in here. */
#ifndef INGRESS_POOLS_LANE_MOVES_H
#define INGRESS_POOLS_LANE_MOVES_H

#include <stdbool.h>
#include <stdint.h>

#define LANE_MOVED_MS 3000u
#define LANE_MOVES_MAX 8192u

/* Zeroed is empty. */
struct lane_moves {
	struct lane_move {
		uint64_t lane;
		uint64_t seen_ms;   /* when this consumer last said something of it */
		uint64_t others_ms; /* when the one before it did; 0: there was none */
		unsigned consumer;
	} places[LANE_MOVES_MAX];
};

/* The consumer has handled an update of the lane, or is lost with it. */
void lane_moves_note(struct lane_moves *moves, uint64_t lane, unsigned consumer, uint64_t now_ms);
/* Whether another consumer had the lane less than LANE_MOVED_MS ago. */
bool lane_moves_are_to(const struct lane_moves *moves, uint64_t lane, unsigned consumer,
		       uint64_t now_ms);

#endif
