/* unsent.h - replies that cannot be sent now, in the form in which they wait at ingress: the body
 * of VERDICT_UNSENT, which comes back as an item with ITEM_REPLIES. Written and read by parents
 * only. */
#ifndef WORKERS_PARENT_UNSENT_H
#define WORKERS_PARENT_UNSENT_H

#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/orders.h"
#include "common/pack.h"
#include "common/why.h"
#include "workers/wire/wire.h"

/* Replies of one update, in order. Zeroed is empty. */
struct unsent {
	struct buffer calls; /* each: its flags and its encoded call, packed */
	size_t count;
	uint64_t after_ms; /* from now; trying earlier is useless */
};

void unsent_finish(struct unsent *unsent);
/* Copies the call. */
void unsent_add(struct unsent *unsent, uint8_t flags, const void *call, size_t size,
		uint64_t after_ms);
/* [version, number of calls, (flags, call)…, orders or nil]: those that wait for the calls. */
void unsent_encode(const struct unsent *unsent, struct text orders, struct buffer *out);

/* Reads what unsent_encode() wrote: once all of it is checked, `fn` gets each call in turn.
 * *orders are copied there; empty when there are none. Until November 2026 a piece of work was in
 * their place, and when it is due. */
typedef void unsent_call_fn(void *owner, const struct wire_call *head, const void *call);
MUST_CHECK bool unsent_decode(struct text body, unsent_call_fn *fn, void *owner, size_t *count,
			      struct buffer *orders, struct why *why);

#endif
