/* later.h - work that a handler put off, as ingress keeps it in place of the update until it is due
 * (msgpack: [3, slug, kind, skeleton of the update, the how-manieth piece of the update, when it
 * is due]; in version 2 without the last two, in 1 with name and payload for the slug). Until
 * November 2026 it was the whole update, which is read just as well. */
#ifndef WORKERS_HOST_LATER_H
#define WORKERS_HOST_LATER_H

#include "workers/host/ctx.h"

/* Unpacks the current item as work: the update it belongs to, and its rows. False, and logged, when
 * it cannot be read. */
bool later_resume(struct ctx *ctx);

#endif
