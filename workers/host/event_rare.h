/* event_rare.h - makes the structs of the kinds of updates that few modules want. */
#ifndef WORKERS_HOST_EVENT_RARE_H
#define WORKERS_HOST_EVENT_RARE_H

#include "workers/host/ctx.h"

/* As event_deliver(), for what happens to no message. */
enum verdict event_deliver_rare(struct ctx *ctx, const struct row *row);

#endif
