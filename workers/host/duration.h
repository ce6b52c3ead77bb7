/* duration.h - how long something takes, in words. */
#ifndef WORKERS_HOST_DURATION_H
#define WORKERS_HOST_DURATION_H

#include "workers/host/ctx.h"

/* In the longest unit that has no rest: "90 minutes". */
const char *duration_words(struct ctx *ctx, int64_t seconds);

#endif
