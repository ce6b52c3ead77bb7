/* later.h - work that a handler put off: what ingress keeps of it until it is due, in the place of
 * the update (msgpack: [1, name, payload, kind, update]). */
#ifndef WORKERS_HOST_LATER_H
#define WORKERS_HOST_LATER_H

#include "workers/host/ctx.h"

/* Takes up the work that is the item in hand: the update it belongs to, and its rows. False, and
 * logged, when it cannot be read. */
bool later_resume(struct ctx *ctx);

#endif
