/* later.h - work that a handler put off, as ingress keeps it in place of the update until it is due
 * (msgpack: [3, slug, kind, skeleton of the update, the how-manieth piece of the update, when it
 * is due]; in version 2 without the last two, in 1 with name and payload for the slug). Until
 * November 2026 it was the whole update, which is read just as well. */
#ifndef WORKERS_HOST_LATER_H
#define WORKERS_HOST_LATER_H

#include "workers/host/ctx.h"

/* Unpacks work, of the current item or of an incident: the update it belongs to, and its slug.
 * False, and logged, when it cannot be read. */
bool later_resume(struct ctx *ctx, struct text work, struct text *slug);
/* Puts off work with a slug that is written already, which may be the host's own. */
enum verdict later_put_off(struct ctx *ctx, int64_t after_s, const char *slug);

#define LATER_MAX_S (INT64_C(366) * 86400)

#endif
