/* moves.h - which groups recently became supergroups, so that a late sighting of the old id leaves
 * no row behind, and chains end at the newest id. Bounded; forgetting is harmless except for such a
 * row. */
#ifndef RECORDER_MOVES_H
#define RECORDER_MOVES_H

#include <stddef.h>
#include <stdint.h>

#define MOVES_MAX 256

struct moves {
	struct {
		int64_t old_id, new_id;
	} entries[MOVES_MAX];
	size_t count, next;
};

void moves_add(struct moves *moves, int64_t old_id, int64_t new_id);
/* The new id of `id`, or 0. */
int64_t moves_find(const struct moves *moves, int64_t id);

#endif
