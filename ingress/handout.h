/* handout.h - takes updates from the dispatcher, reads their bodies and sends them to pools.
 *
 * What goes to a session is noted in the spool before the frame leaves, so that after a restart it
 * is known what was in flight. Many updates go in one frame; a frame that does not fit into the
 * connection is kept and sent as soon as there is room. */
#ifndef INGRESS_HANDOUT_H
#define INGRESS_HANDOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"
#include "common/zlink.h"
#include "ingress/dispatch.h"
#include "ingress/ledger.h"
#include "ingress/session.h"
#include "ingress/spool.h"

struct handout;

struct handout_options {
	struct loop *loop;
	struct spool *spool;
	struct dispatch *dispatch;
	struct ledger *ledger;
	struct sessions *sessions;
};

struct handout *handout_create(const struct handout_options *options);
void handout_destroy(struct handout *handout);
/* The socket; once it is bound. */
void handout_attach(struct handout *handout, struct zlink *link);

/* One turn's worth; true when there is more to do at once. */
bool handout_turn(struct handout *handout);
/* The session said HELLO again, or is over: what is not sent to it is dropped. */
void handout_forget(struct handout *handout, unsigned consumer);

#endif
