/* hold.h - what was here when it began, of which nobody knows who has it: it goes out only after
 * the end of the hold, unless a consumer claims it before. */
#ifndef INGRESS_DISPATCH_HOLD_H
#define INGRESS_DISPATCH_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ingress/dispatch/live_update.h"

/* Zeroed: there is no hold. */
struct hold {
	uint64_t below; /* what is held has smaller numbers than this; 0: there is no hold */
	uint64_t *seqs; /* of works 0, 1, …, as long as these are still the same */
	size_t count;
};

/* All works, which were added in the order of seq and of which none was removed. */
void hold_start(struct hold *hold, const struct live_updates *works);
void hold_end(struct hold *hold);
/* Whether what waits with this number may not go out. */
bool hold_covers(const struct hold *hold, uint64_t seq);
/* What is held and at no consumer; LIVE_NONE when it is done, out, or was never held. */
uint32_t hold_find(const struct hold *hold, const struct live_updates *works, uint64_t seq);

#endif
