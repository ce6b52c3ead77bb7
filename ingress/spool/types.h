/* types.h - the types that spool.h shares with the files behind it. */
#ifndef INGRESS_SPOOL_TYPES_H
#define INGRESS_SPOOL_TYPES_H

#include <stdint.h>

#include "common/kind.h"
#include "common/piece.h"
#include "common/trace.h"

/* Everything kept of an update except its body, which spool_read() finds by seq. */
struct spool_update {
	uint64_t seq; /* set by spool_append_update(); never reused for one bot */
	int64_t update_id;
	enum update_kind kind;
	uint8_t flags;    /* enum item_flag, without ITEM_LATE */
	uint8_t attempts; /* children that died handling it so far */
	uint8_t lost;     /* sessions that were lost while they had it so far */
	uint64_t lane;
	struct trace_id trace;
	uint64_t received_ms; /* UTC: survives restarts, for ages and expiry only */
	uint64_t due_ms;      /* UTC, ITEM_WORK; 0: at once */
	uint64_t session;     /* replay: the session it was last dispatched to, or 0 */
	/* Of a piece of work: the head of its body, for the dispatcher. Zeroed: none. Stored with
	 * the body only. */
	struct piece piece;
};

enum spool_step { SPOOL_STEP_CREATE, SPOOL_STEP_WRITE, SPOOL_STEP_SYNC, SPOOL_STEP_UNLINK };

/* What was committed is durable. */
typedef void spool_durable_fn(void *owner);

#endif
