/* join_targets.h - in which lane what comes for another one goes on: the dispatcher's side of
 * joins.h, by key. */
#ifndef INGRESS_DISPATCH_JOIN_TARGETS_H
#define INGRESS_DISPATCH_JOIN_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/position_map.h"

/* Zeroed is empty and ready. */
struct join_targets {
	struct position_map slots; /* lane key -> position in keys */
	uint64_t *keys;
	size_t count;
};

void join_targets_finish(struct join_targets *targets);
void join_targets_set(struct join_targets *targets, uint64_t from, uint64_t to);
void join_targets_remove(struct join_targets *targets, uint64_t from);
bool join_targets_have(const struct join_targets *targets, uint64_t from);
/* The key of the lane where it ends; its own when it is not joined. */
uint64_t join_targets_follow(const struct join_targets *targets, uint64_t key);

#endif
