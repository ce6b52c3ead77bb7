/* arguments.h - reads the arguments that a command's route describes from the text of the
 * message. */
#ifndef WORKERS_HOST_ARGUMENTS_H
#define WORKERS_HOST_ARGUMENTS_H

#include "workers/host/ctx.h"

/* The route's struct, filled from the arguments of the current command; NULL when they do not fit:
 * then the person has been told what does. */
const void *arguments_read(struct ctx *ctx, const struct route *route);

#endif
