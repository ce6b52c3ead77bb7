/* later.h - work that a handler put off, as ingress keeps it in place of the update until it is due
 * (msgpack: [2, slug, kind, update]; before that, [1, name, payload, kind, update]). */
#ifndef WORKERS_HOST_LATER_H
#define WORKERS_HOST_LATER_H

#include "workers/host/ctx.h"

/* Unpacks the current item as work: the update it belongs to, and its rows. False, and logged, when
 * it cannot be read. */
bool later_resume(struct ctx *ctx);

#endif
