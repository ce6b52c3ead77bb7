/* deep_link.h - the address of a LINK() route. */
#ifndef WORKERS_HOST_DEEP_LINK_H
#define WORKERS_HOST_DEEP_LINK_H

#include <stdarg.h>

#include "workers/host/ctx.h"

/* What follows "?start="; "", and the handler has failed, as below. */
const char *deep_link_payload(struct ctx *ctx, const char *slug, va_list arguments);
/* "", and the handler has failed, when there is no such route or its values cannot be written. */
const char *deep_link(struct ctx *ctx, const char *slug, va_list arguments);

#endif
