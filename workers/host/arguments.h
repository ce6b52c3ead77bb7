/* arguments.h - what a command's route wants to be told, read from what the person wrote. */
#ifndef WORKERS_HOST_ARGUMENTS_H
#define WORKERS_HOST_ARGUMENTS_H

#include "workers/host/ctx.h"

/* The route's struct, filled from the arguments of the command in hand; NULL when they do not fit:
 * the person then has been told what does. */
const void *arguments_read(struct ctx *ctx, const struct route *route);

#endif
