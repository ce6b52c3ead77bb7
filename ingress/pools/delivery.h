/* delivery.h - takes updates from the dispatcher, reads their bodies and sends them to pools.
 *
 * What goes to a session is noted in the spool before the frame leaves, so that a restart knows
 * what was in flight. A frame holds many updates; when a connection is full, the frame is kept and
 * sent as soon as there is room. */
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
/* Sets the socket, once it is bound. */
void delivery_attach(struct delivery *delivery, struct zlink *link);

/* Does one turn's worth of work; true when there is more to do at once. */
bool delivery_turn(struct delivery *delivery);
/* The session said HELLO again or ended: drops what has not been sent to it. */
void delivery_forget(struct delivery *delivery, unsigned consumer);

#endif
