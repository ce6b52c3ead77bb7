/* join_targets.c - see join_targets.h. */
#include "ingress/dispatch/join_targets.h"

#include <stdlib.h>

#include "common/xalloc.h"

void join_targets_finish(struct join_targets *targets)
{
	position_map_finish(&targets->slots);
	free(targets->keys);
}

void join_targets_set(struct join_targets *targets, uint64_t from, uint64_t to)
{
	uint32_t slot = position_map_find(&targets->slots, from);

	if (slot == POSITION_NONE) {
		slot = (uint32_t)targets->count++;
		targets->keys = xreallocarray(targets->keys, targets->count,
					      sizeof(*targets->keys));
		position_map_set(&targets->slots, from, slot);
	}
	targets->keys[slot] = to;
}

void join_targets_remove(struct join_targets *targets, uint64_t from)
{
	position_map_remove(&targets->slots, from);
}

bool join_targets_have(const struct join_targets *targets, uint64_t from)
{
	return position_map_find(&targets->slots, from) != POSITION_NONE;
}

uint64_t join_targets_follow(const struct join_targets *targets, uint64_t key)
{
	/* A chat migrates once; the bound is against a circle of two wrong updates. */
	for (int hop = 0; hop < 4; hop++) {
		uint32_t slot = position_map_find(&targets->slots, key);

		if (slot == POSITION_NONE)
			break;
		key = targets->keys[slot];
	}
	return key;
}
