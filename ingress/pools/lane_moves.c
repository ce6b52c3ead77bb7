#include "ingress/pools/lane_moves.h"

#include "common/hash_table.h"

static size_t place_of(uint64_t lane)
{
	return hash_number(lane) % LANE_MOVES_MAX;
}

void lane_moves_note(struct lane_moves *moves, uint64_t lane, unsigned consumer, uint64_t now_ms)
{
	struct lane_move *move = &moves->places[place_of(lane)];

	if (move->lane != lane)
		*move = (struct lane_move) { .lane = lane };
	else if (move->consumer != consumer)
		move->others_ms = move->seen_ms;
	move->consumer = consumer;
	move->seen_ms = now_ms;
}

static bool is_recent(uint64_t at_ms, uint64_t now_ms)
{
	return at_ms && now_ms - at_ms < LANE_MOVED_MS;
}

bool lane_moves_are_to(const struct lane_moves *moves, uint64_t lane, unsigned consumer,
		       uint64_t now_ms)
{
	const struct lane_move *move = &moves->places[place_of(lane)];

	if (move->lane != lane)
		return false;
	return is_recent(move->consumer == consumer ? move->others_ms : move->seen_ms, now_ms);
}
