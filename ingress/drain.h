/* drain.h - ingress' shutdown: the long poll ends at once, updates in flight get 10 s to finish,
 * and the rest stays in the spool. */
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

/* On SIGTERM or SIGINT drains, then stops the loop; a second signal stops it at once. The caller
 * owns the struct and sets loop, poller and pools. */
void drain_on_signals(struct drain *drain);

#endif
