/* arguments.h - reads the arguments that a command's route describes from the text of the
 * message. */
#ifndef WORKERS_HOST_ARGUMENTS_H
#define WORKERS_HOST_ARGUMENTS_H

#include "workers/host/ctx.h"

/* The route's struct, filled from the arguments of the current command; NULL when they do not fit:
 * then the person has been told what does. */
const void *arguments_read(struct ctx *ctx, const struct route *route);
/* What it is when it is left out, in a struct of its fields. */
void arguments_set_default(struct ctx *ctx, const struct field *field, char *values);
/* Reads one field from all of an answer's text, not a KEPT one. False: it does not fit, and *fault
 * says why, for people; NULL: there are no special words for it. */
MUST_CHECK bool arguments_take_answer(struct ctx *ctx, const struct field *field, char *values,
				      const char **fault);

#endif
