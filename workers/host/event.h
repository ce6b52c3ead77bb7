/* event.h - makes the struct for a handler from the update, and calls the handler. */
#ifndef WORKERS_HOST_EVENT_H
#define WORKERS_HOST_EVENT_H

#include "workers/host/ctx.h"

/* Runs the handler of the row. PASS, without running it, when the update lacks what handlers of
 * this kind of route are promised. */
enum verdict event_deliver(struct ctx *ctx, const struct row *row);

#endif
