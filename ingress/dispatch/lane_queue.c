/* lane_queue.c - see lane_queue.h. */
#include "ingress/dispatch/lane_queue.h"

/* The last one that is older, or LIVE_NONE. */
static uint32_t find_older(const struct lane *lane, const struct live_updates *works, uint64_t seq)
{
	uint32_t older = LIVE_NONE;

	if (lane->tail != LIVE_NONE && live_at(works, lane->tail)->seq < seq)
		return lane->tail;
	for (uint32_t at = lane->head; at != LIVE_NONE; at = live_at(works, at)->next) {
		if (live_at(works, at)->seq > seq)
			break;
		older = at;
	}
	return older;
}

void lane_queue_insert(struct lane *lane, const struct live_updates *works, uint32_t position)
{
	struct live_update *work = live_at(works, position);
	uint32_t after = find_older(lane, works, work->seq);

	if (after == LIVE_NONE) {
		work->next = lane->head;
		lane->head = position;
	} else {
		struct live_update *older = live_at(works, after);

		work->next = older->next;
		older->next = position;
	}
	if (lane->tail == after)
		lane->tail = position;
	lane->waiting++;
}

uint32_t lane_queue_take(struct lane *lane, const struct live_updates *works)
{
	uint32_t first = lane->head;

	lane->head = live_at(works, first)->next;
	if (lane->head == LIVE_NONE)
		lane->tail = LIVE_NONE;
	lane->waiting--;
	return first;
}

void lane_queue_remove(struct lane *lane, const struct live_updates *works, uint32_t position)
{
	uint32_t next = live_at(works, position)->next;
	uint32_t before = LIVE_NONE;

	for (uint32_t at = lane->head; at != position; at = live_at(works, at)->next)
		before = at;
	if (before == LIVE_NONE)
		lane->head = next;
	else
		live_at(works, before)->next = next;
	if (lane->tail == position)
		lane->tail = before;
	lane->waiting--;
	live_at(works, position)->next = LIVE_NONE;
}

void lane_queue_merge(struct lane *source, struct lane *target, uint32_t target_position,
		      const struct live_updates *works)
{
	uint32_t a = source->head, b = target->head;
	uint32_t head = LIVE_NONE, tail = LIVE_NONE;

	while (a != LIVE_NONE || b != LIVE_NONE) {
		bool take_a = b == LIVE_NONE ||
			      (a != LIVE_NONE && live_at(works, a)->seq < live_at(works, b)->seq);
		uint32_t *first = take_a ? &a : &b;
		uint32_t position = *first;
		struct live_update *work = live_at(works, position);

		*first = work->next;
		work->next = LIVE_NONE;
		work->lane = target_position;
		work->moved |= take_a;
		if (tail == LIVE_NONE)
			head = position;
		else
			live_at(works, tail)->next = position;
		tail = position;
	}
	target->head = head;
	target->tail = tail;
	target->waiting += source->waiting;
	source->head = source->tail = LIVE_NONE;
	source->waiting = 0;
}
