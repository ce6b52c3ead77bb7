/* pieces.h - what waits under a name (common/piece.h): an index over the updates that are not done,
 * by their positions. A backlog without pieces takes no memory here; a piece takes 40 bytes and a
 * cell of the map of names. */
#ifndef INGRESS_DISPATCH_PIECES_H
#define INGRESS_DISPATCH_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/piece.h"
#include "common/position_map.h"

struct piece_entry {
	struct piece piece;
	bool used;
	/* Replaced, cancelled or dropped while a consumer has it: it must not come back. */
	bool withdrawn;
};

/* A zeroed struct is empty and ready. */
struct pieces {
	struct piece_entry **chunks; /* NULL where there is none */
	size_t chunks_count;
	struct position_map names;
	size_t count;
};

void pieces_finish(struct pieces *pieces);
/* It has its name from now on; what had it before has none. */
void pieces_add(struct pieces *pieces, uint32_t position, const struct piece *piece);
/* What is no piece is allowed. */
void pieces_remove(struct pieces *pieces, uint32_t position);
/* NULL: it is none. */
struct piece_entry *pieces_find(const struct pieces *pieces, uint32_t position);
/* Where the piece of this name is; POSITION_NONE: there is none. */
uint32_t pieces_find_name(const struct pieces *pieces, int64_t chat_id, uint64_t key);
/* It has a consumer and loses its name. */
void pieces_withdraw(struct pieces *pieces, uint32_t position);
/* The next piece at or after *at; POSITION_NONE at the end. They may be removed meanwhile. */
uint32_t pieces_next(const struct pieces *pieces, uint32_t *at);

#endif
