/* live_update.h - an update that is not done, as the dispatcher sees it, and the array of all of
 * them.
 *
 * Bodies stay in the spool. A backlog takes only these in memory, so they are small: 56 bytes, in
 * chunks that never move. */
#ifndef INGRESS_DISPATCH_LIVE_UPDATE_H
#define INGRESS_DISPATCH_LIVE_UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/trace.h"
#include "ingress/spool/spool.h"

#define LIVE_NONE UINT32_MAX

enum live_state {
	LIVE_FREE,
	LIVE_WAITING,   /* in its lane */
	LIVE_IN_FLIGHT, /* in flight, not handled */
	LIVE_HANDLED,   /* in flight, handled; some replies are not sent yet */
	LIVE_LATER,     /* not due yet; does not hold up its lane */
};

struct live_update {
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
	uint8_t state;    /* enum live_state */
	bool moved;       /* of a chat that migrated: it is in the new id's lane */
	uint16_t consumer;
};

struct live_updates {
	struct live_update **chunks;
	size_t chunks_count;
	uint32_t free; /* head of the free list */
	size_t used;
};

void live_init(struct live_updates *live);
void live_finish(struct live_updates *live);
/* Adds an entry made from an update's header and returns its position; its lane is not set. */
uint32_t live_add(struct live_updates *live, const struct spool_update *update);
void live_remove(struct live_updates *live, uint32_t position);
struct live_update *live_at(const struct live_updates *live, uint32_t position);
/* Calls fn for every entry in use. */
typedef void live_update_fn(void *owner, const struct live_update *work);
void live_each(const struct live_updates *live, live_update_fn *fn, void *owner);
/* The header as the spool stores it; `lane` is the lane's key. */
struct spool_update live_header(const struct live_update *work, uint64_t lane);

#endif
