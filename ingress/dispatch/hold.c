/* hold.c - see hold.h. */
#include "ingress/dispatch/hold.h"

#include <assert.h>
#include <stdlib.h>

#include "common/xalloc.h"

void hold_start(struct hold *hold, const struct live_updates *works)
{
	hold->count = works->used;
	if (hold->count == 0)
		return;
	hold->seqs = xcalloc(hold->count, sizeof(*hold->seqs));
	for (size_t i = 0; i < hold->count; i++) {
		hold->seqs[i] = live_at(works, (uint32_t)i)->seq;
		assert(hold->seqs[i] >= hold->below);
		hold->below = hold->seqs[i] + 1;
	}
}

void hold_end(struct hold *hold)
{
	free(hold->seqs);
	*hold = (struct hold) { 0 };
}

bool hold_covers(const struct hold *hold, uint64_t seq)
{
	return seq < hold->below;
}

uint32_t hold_find(const struct hold *hold, const struct live_updates *works, uint64_t seq)
{
	size_t low = 0, high = hold->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (hold->seqs[middle] < seq)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == hold->count)
		return LIVE_NONE;
	const struct live_update *work = live_at(works, (uint32_t)low);
	bool waits = work->state == LIVE_WAITING || work->state == LIVE_LATER;
	return waits && work->seq == seq ? (uint32_t)low : LIVE_NONE;
}
