/* dispatch_oldest.c - how long the oldest of what is not done has waited. Read about once a second.
 */
#include "ingress/dispatch/private.h"

/* Work that a module put off is as old as it was meant to be: a reminder for tomorrow waits for
 * nobody. */
static bool counts_as_old(const struct live_update *work)
{
	return !(work->flags & ITEM_WORK) || (work->flags & ITEM_REPLIES);
}

static void keep_oldest(uint64_t *oldest_ms, const struct live_update *work)
{
	if (counts_as_old(work) && (*oldest_ms == 0 || work->received_ms < *oldest_ms))
		*oldest_ms = work->received_ms;
}

/* A lane has its updates in order: only work may stand before the oldest. */
static void keep_oldest_of_lane(uint64_t *oldest_ms, const struct dispatch *dispatch,
				const struct lane *lane)
{
	uint32_t position = lane->head;

	for (uint32_t left = lane->waiting; left > 1; left--) {
		const struct live_update *work = live_at(&dispatch->live, position);

		if (counts_as_old(work))
			break;
		position = work->next;
	}
	keep_oldest(oldest_ms, live_at(&dispatch->live, position));
}

uint64_t dispatch_oldest_ms(const struct dispatch *dispatch)
{
	uint64_t oldest_ms = 0;
	uint32_t position;
	size_t at = 0;

	for (size_t i = 0; i < dispatch->lanes.size; i++)
		if (dispatch->lanes.table[i].used && dispatch->lanes.table[i].waiting > 0)
			keep_oldest_of_lane(&oldest_ms, dispatch, &dispatch->lanes.table[i]);
	while ((position = position_map_next(&dispatch->out, &at)) != POSITION_NONE)
		keep_oldest(&oldest_ms, live_at(&dispatch->live, position));
	for (size_t i = 0; i < dispatch->due.count; i++)
		keep_oldest(&oldest_ms, live_at(&dispatch->live, dispatch->due.heap[i].work));
	return oldest_ms;
}

uint64_t dispatch_oldest_seq(const struct dispatch *dispatch)
{
	uint64_t oldest = UINT64_MAX;
	uint32_t position;
	size_t at = 0;

	for (size_t i = 0; i < dispatch->lanes.size; i++) {
		const struct lane *lane = &dispatch->lanes.table[i];
		uint64_t seq = lane->used && lane->waiting > 0
				       ? live_at(&dispatch->live, lane->head)->seq
				       : UINT64_MAX;

		oldest = seq < oldest ? seq : oldest;
	}
	while ((position = position_map_next(&dispatch->out, &at)) != POSITION_NONE) {
		uint64_t seq = live_at(&dispatch->live, position)->seq;

		oldest = seq < oldest ? seq : oldest;
	}
	return oldest;
}
