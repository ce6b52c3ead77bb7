/* work.h - an update that is not done, as the dispatcher knows it, and the store of all of them.
 *
 * Bodies stay in the spool. A backlog is held in memory as these alone, so they are kept small: 56
 * bytes, in chunks that never move. */
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
	WORK_OUT,     /* at a consumer, not handled */
	WORK_HANDLED, /* at a consumer, its replies are not all sent */
	WORK_LATER,   /* not due yet; holds up no lane */
};

struct work {
	uint64_t seq;
	int64_t update_id;
	uint64_t received_ms; /* UTC */
	struct trace_id trace;
	uint32_t next; /* in its lane, or in the list of free ones */
	uint32_t lane;
	uint8_t kind;     /* enum update_kind */
	uint8_t flags;    /* enum item_flag */
	uint8_t attempts; /* children that ended on it */
	uint8_t lost;     /* sessions lost with it */
	uint8_t state;    /* enum work_state */
	bool moved;       /* of a chat that migrated: it is in the lane of its new id */
	uint16_t consumer;
};

struct works {
	struct work **chunks;
	size_t chunks_count;
	uint32_t free; /* head of the free ones */
	size_t used;
};

void works_init(struct works *works);
void works_finish(struct works *works);
/* The position of a new one made from the header of an update; its lane is not set. */
uint32_t works_add(struct works *works, const struct spool_update *update);
void works_remove(struct works *works, uint32_t position);
struct work *works_at(const struct works *works, uint32_t position);
/* Calls fn for each that is there. */
typedef void work_fn(void *owner, const struct work *work);
void works_each(const struct works *works, work_fn *fn, void *owner);
/* The header for the spool; `lane` is the key of its lane. */
struct spool_update work_header(const struct work *work, uint64_t lane);

#endif
