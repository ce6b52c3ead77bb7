/* delivery.h - takes updates from the dispatcher, reads their bodies and sends them to pools.
 *
 * What goes to a session is noted in the spool before the frame leaves, so that after a restart it
 * is known what was in flight. Many updates go in one frame; a frame that does not fit into the
 * connection is kept and sent as soon as there is room. */
#ifndef INGRESS_POOLS_DELIVERY_H
#define INGRESS_POOLS_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"
#include "common/zlink.h"
#include "ingress/dispatch/dispatch.h"
#include "ingress/pools/ledger.h"
#include "ingress/pools/session.h"
#include "ingress/spool/spool.h"

struct delivery;

struct delivery_options {
	struct loop *loop;
	struct spool *spool;
	struct dispatch *dispatch;
	struct ledger *ledger;
	struct sessions *sessions;
};

struct delivery *delivery_create(const struct delivery_options *options);
void delivery_destroy(struct delivery *delivery);
/* The socket; once it is bound. */
void delivery_attach(struct delivery *delivery, struct zlink *link);

/* One turn's worth; true when there is more to do at once. */
bool delivery_turn(struct delivery *delivery);
/* The session said HELLO again, or is over: what is not sent to it is dropped. */
void delivery_forget(struct delivery *delivery, unsigned consumer);

#endif
