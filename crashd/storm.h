/* storm.h - counts reports per fault: past a rate, full ones tell nothing new, and a light one with
 * a link to the last full one is enough to find its reference id. */
#ifndef CRASHD_STORM_H
#define CRASHD_STORM_H

#include <stdbool.h>
#include <stdint.h>

#include "common/trace.h"

#define STORM_FULL_PER_MINUTE 60u
#define STORM_GROUPS 128 /* faults at once; the least recently seen one makes room */

struct storm_place {
	struct trace_id trace;
	struct span_id span;
};

struct storm_group {
	uint64_t group;
	uint64_t minute_began_ms;
	uint64_t seen_ms;
	uint32_t count; /* in this minute */
	struct storm_place full;
};

/* Zeroed is empty. */
struct storm {
	struct storm_group groups[STORM_GROUPS];
};

/* Counts a report of the fault `group` at `place`. True when it should be light: *full is then the
 * place of the last full one of the same fault. */
bool storm_count(struct storm *storm, uint64_t group, const struct storm_place *place,
		 uint64_t now_ms, struct storm_place *full);

#endif
