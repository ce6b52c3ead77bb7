/* drain.h - the end of ingress: the long poll ends at once, what pools have in hand gets 10 s to
 * come back, the rest stays in the spool. */
#ifndef INGRESS_DRAIN_H
#define INGRESS_DRAIN_H

#include "common/loop.h"
#include "ingress/intake/poll.h"
#include "ingress/pools/pools.h"

struct drain {
	struct loop *loop;
	struct poller *poller;
	struct pools *pools;
	struct loop_timer timer;
};

/* On SIGTERM and SIGINT it drains and then stops the loop; a second signal stops it at once. The
 * struct belongs to the caller, with loop, poller and pools set. */
void drain_on_signals(struct drain *drain);

#endif
