/* piece.h - the head of a piece of work that waits at ingress: what ingress has to know of it to
 * replace, cancel, drop or move it. In front of the body of an update with ITEM_WORK; what follows
 * is the host's (workers/host/later.h). */
#ifndef COMMON_PIECE_H
#define COMMON_PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/pack.h"

#define PIECE_HEAD_SIZE 32u

enum piece_flag {
	PIECE_REPEATS = 1, /* done or given up, the next one is put off */
	PIECE_DAILY = 2,   /* at a time of the chat's time zone */
	/* A step of something larger that goes on when a person or a chat is forgotten. */
	PIECE_STAYS = 4,
};

struct piece {
	uint64_t key;      /* with the chat: its name. There is at most one of a name. */
	int64_t chat_id;   /* 0: of no chat */
	int64_t person_id; /* whom it is about; 0: nobody, it is the chat's */
	uint8_t flags;     /* enum piece_flag */
};

/* Appends the head. */
void piece_write(const struct piece *piece, struct buffer *out);
/* False, and a zeroed `out`, for a body without one: those from before there were heads begin as
 * msgpack does, which a head does not. */
bool piece_read(struct text body, struct piece *out);
/* What follows the head. */
struct text piece_rest(struct text body);

#endif
