/* work.h - an update that is not done, as the dispatcher sees it, and the array of all of them.
 *
 * Bodies stay in the spool. A backlog takes only these in memory, so they are small: 56 bytes, in
 * chunks that never move. */
#ifndef INGRESS_DISPATCH_WORK_H
#define INGRESS_DISPATCH_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/trace.h"
#include "ingress/spool/spool.h"

#define WORK_NONE UINT32_MAX

enum work_state {
	WORK_FREE,
	WORK_WAITING, /* in its lane */
	WORK_OUT,     /* in flight, not handled */
	WORK_HANDLED, /* in flight, handled; some replies are not sent yet */
	WORK_LATER,   /* not due yet; does not hold up its lane */
};

struct work {
	uint64_t seq;
	int64_t update_id;
	uint64_t received_ms; /* UTC */
	struct trace_id trace;
	uint32_t next; /* in its lane, or in the free list */
	uint32_t lane;
	uint8_t kind;     /* enum update_kind */
	uint8_t flags;    /* enum item_flag */
	uint8_t attempts; /* children that died handling it */
	uint8_t lost;     /* sessions that were lost while they had it */
	uint8_t state;    /* enum work_state */
	bool moved;       /* of a chat that migrated: it is in the new id's lane */
	uint16_t consumer;
};

struct works {
	struct work **chunks;
	size_t chunks_count;
	uint32_t free; /* head of the free list */
	size_t used;
};

void works_init(struct works *works);
void works_finish(struct works *works);
/* Adds an entry made from an update's header and returns its position; its lane is not set. */
uint32_t works_add(struct works *works, const struct spool_update *update);
void works_remove(struct works *works, uint32_t position);
struct work *works_at(const struct works *works, uint32_t position);
/* Calls fn for every entry in use. */
typedef void work_fn(void *owner, const struct work *work);
void works_each(const struct works *works, work_fn *fn, void *owner);
/* The header as the spool stores it; `lane` is the lane's key. */
struct spool_update work_header(const struct work *work, uint64_t lane);

#endif
