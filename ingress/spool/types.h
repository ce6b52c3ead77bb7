/* types.h - what spool.h and the files behind it both speak of. */
#ifndef INGRESS_SPOOL_TYPES_H
#define INGRESS_SPOOL_TYPES_H

#include <stdint.h>

#include "common/kind.h"
#include "common/trace.h"

/* All that is kept of an update but its body, which spool_read() finds by seq. */
struct spool_update {
	uint64_t seq; /* given by spool_append_update(); never used twice for one bot */
	int64_t update_id;
	enum update_kind kind;
	uint8_t flags;    /* enum item_flag, without ITEM_LATE */
	uint8_t attempts; /* children that ended on it so far */
	uint8_t lost;     /* sessions that were lost with it so far */
	uint64_t lane;
	struct trace_id trace;
	uint64_t received_ms; /* UTC: kept over restarts, for ages and expiry only */
	uint64_t due_ms;      /* UTC, ITEM_WORK; 0: at once */
	uint64_t session;     /* replay: the session it was last dispatched to, or 0 */
};

enum spool_step { SPOOL_STEP_CREATE, SPOOL_STEP_WRITE, SPOOL_STEP_SYNC, SPOOL_STEP_UNLINK };

/* What was committed is durable. */
typedef void spool_durable_fn(void *owner);

#endif
