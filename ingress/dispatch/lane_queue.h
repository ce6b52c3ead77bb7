/* lane_queue.h - what waits in a lane: a list of works by age, the oldest first. The lane keeps the
 * two ends and the count, each work the next one. */
#ifndef INGRESS_DISPATCH_LANE_QUEUE_H
#define INGRESS_DISPATCH_LANE_QUEUE_H

#include <stdint.h>

#include "ingress/dispatch/lane.h"
#include "ingress/dispatch/live_update.h"

/* By age. What is new goes to the end, what comes back to the front: both without a walk. */
void lane_queue_insert(struct lane *lane, const struct live_updates *works, uint32_t position);
/* The oldest, which is taken away; there must be one. */
uint32_t lane_queue_take(struct lane *lane, const struct live_updates *works);
/* One that is in it. A walk from the front. */
void lane_queue_remove(struct lane *lane, const struct live_updates *works, uint32_t position);
/* All that waits in `source` goes to `target`, the lane at `target_position`, as moved. */
void lane_queue_merge(struct lane *source, struct lane *target, uint32_t target_position,
		      const struct live_updates *works);

#endif
