/* dispatch_pieces.c - what ingress does with work that waits: finds it by name, takes it out. */
#include "ingress/dispatch/lane_queue.h"
#include "ingress/dispatch/private.h"

uint32_t dispatch_find_piece(const struct dispatch *dispatch, int64_t chat_id, uint64_t key)
{
	return pieces_find_name(&dispatch->pieces, chat_id, key);
}

uint32_t dispatch_next_piece(const struct dispatch *dispatch, uint32_t *at)
{
	uint32_t position;

	do
		position = pieces_next(&dispatch->pieces, at);
	while (position != POSITION_NONE && pieces_find(&dispatch->pieces, position)->withdrawn);
	return position;
}

const struct piece *dispatch_piece(const struct dispatch *dispatch, uint32_t position)
{
	return &pieces_find(&dispatch->pieces, position)->piece;
}

const struct live_update *dispatch_piece_update(const struct dispatch *dispatch, uint32_t position)
{
	return live_at(&dispatch->live, position);
}

struct spool_update dispatch_piece_header(const struct dispatch *dispatch, uint32_t position)
{
	const struct live_update *work = live_at(&dispatch->live, position);
	struct spool_update header;

	if (work->state != LIVE_LATER)
		return live_header(work, dispatch_lane_key(dispatch, work));
	header = live_header(work, due_find(&dispatch->due, position)->lane);
	header.due_ms = due_find(&dispatch->due, position)->due_ms;
	return header;
}

bool dispatch_withdraw(struct dispatch *dispatch, uint32_t position)
{
	struct live_update *work = live_at(&dispatch->live, position);

	if (work->state == LIVE_LATER) {
		due_remove(&dispatch->due, position);
		dispatch_remove_live(dispatch, position);
		return true;
	}
	if (work->state == LIVE_WAITING && !hold_covers(&dispatch->hold, work->seq)) {
		uint32_t lane = work->lane;

		lane_queue_remove(lane_at(dispatch, lane), &dispatch->live, position);
		dispatch_remove_live(dispatch, position);
		dispatch_relist(dispatch, lane);
		return true;
	}
	pieces_withdraw(&dispatch->pieces, position);
	return false;
}

void dispatch_change_piece(struct dispatch *dispatch, uint32_t position, const struct piece *piece,
			   uint64_t lane)
{
	struct due_entry entry;

	pieces_remove(&dispatch->pieces, position);
	pieces_add(&dispatch->pieces, position, piece);
	if (live_at(&dispatch->live, position)->state != LIVE_LATER)
		return;
	entry = due_remove(&dispatch->due, position);
	entry.lane = lane;
	due_add(&dispatch->due, entry);
}

void dispatch_hasten(struct dispatch *dispatch, uint32_t position, uint64_t now_ms)
{
	struct due_entry entry;

	if (live_at(&dispatch->live, position)->state != LIVE_LATER)
		return;
	entry = due_remove(&dispatch->due, position);
	entry.due_ms = now_ms;
	due_add(&dispatch->due, entry);
}

const struct piece_entry *dispatch_piece_of(const struct dispatch *dispatch,
					    const struct live_update *work)
{
	return pieces_find(&dispatch->pieces, position_map_find(&dispatch->out, work->seq));
}

void dispatch_end_piece(struct dispatch *dispatch, const struct live_update *work)
{
	pieces_remove(&dispatch->pieces, position_map_find(&dispatch->out, work->seq));
}
