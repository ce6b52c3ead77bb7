/* lane_queue.c - see lane_queue.h. */
#include "ingress/dispatch/lane_queue.h"

/* The last one that is older, or WORK_NONE. */
static uint32_t find_older(const struct lane *lane, const struct works *works, uint64_t seq)
{
	uint32_t older = WORK_NONE;

	if (lane->tail != WORK_NONE && works_at(works, lane->tail)->seq < seq)
		return lane->tail;
	for (uint32_t at = lane->head; at != WORK_NONE; at = works_at(works, at)->next) {
		if (works_at(works, at)->seq > seq)
			break;
		older = at;
	}
	return older;
}

void lane_queue_insert(struct lane *lane, const struct works *works, uint32_t position)
{
	struct work *work = works_at(works, position);
	uint32_t after = find_older(lane, works, work->seq);

	if (after == WORK_NONE) {
		work->next = lane->head;
		lane->head = position;
	} else {
		struct work *older = works_at(works, after);

		work->next = older->next;
		older->next = position;
	}
	if (lane->tail == after)
		lane->tail = position;
	lane->waiting++;
}

uint32_t lane_queue_take(struct lane *lane, const struct works *works)
{
	uint32_t first = lane->head;

	lane->head = works_at(works, first)->next;
	if (lane->head == WORK_NONE)
		lane->tail = WORK_NONE;
	lane->waiting--;
	return first;
}

void lane_queue_remove(struct lane *lane, const struct works *works, uint32_t position)
{
	uint32_t next = works_at(works, position)->next;
	uint32_t before = WORK_NONE;

	for (uint32_t at = lane->head; at != position; at = works_at(works, at)->next)
		before = at;
	if (before == WORK_NONE)
		lane->head = next;
	else
		works_at(works, before)->next = next;
	if (lane->tail == position)
		lane->tail = before;
	lane->waiting--;
	works_at(works, position)->next = WORK_NONE;
}

void lane_queue_merge(struct lane *source, struct lane *target, uint32_t target_position,
		      const struct works *works)
{
	uint32_t a = source->head, b = target->head;
	uint32_t head = WORK_NONE, tail = WORK_NONE;

	while (a != WORK_NONE || b != WORK_NONE) {
		bool take_a = b == WORK_NONE ||
			      (a != WORK_NONE && works_at(works, a)->seq < works_at(works, b)->seq);
		uint32_t *first = take_a ? &a : &b;
		uint32_t position = *first;
		struct work *work = works_at(works, position);

		*first = work->next;
		work->next = WORK_NONE;
		work->lane = target_position;
		work->moved |= take_a;
		if (tail == WORK_NONE)
			head = position;
		else
			works_at(works, tail)->next = position;
		tail = position;
	}
	target->head = head;
	target->tail = tail;
	target->waiting += source->waiting;
	source->head = source->tail = WORK_NONE;
	source->waiting = 0;
}
