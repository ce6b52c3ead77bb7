/* moves.c - a small ring of pairs (old id, new id), searched linearly. */
#include "recorder/moves.h"

void moves_add(struct moves *moves, int64_t old_id, int64_t new_id)
{
	if (old_id == new_id || moves_find(moves, old_id) == new_id)
		return;
	moves->entries[moves->next].old_id = old_id;
	moves->entries[moves->next].new_id = new_id;
	moves->next = (moves->next + 1) % MOVES_MAX;
	if (moves->count < MOVES_MAX)
		moves->count++;
}

int64_t moves_find(const struct moves *moves, int64_t id)
{
	for (size_t i = 0; i < moves->count; i++)
		if (moves->entries[i].old_id == id)
			return moves->entries[i].new_id;
	return 0;
}
