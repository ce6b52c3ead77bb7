/* kept_message.h - what is kept of the message in hand. */
#ifndef WORKERS_HOST_KEPT_MESSAGE_H
#define WORKERS_HOST_KEPT_MESSAGE_H

#include "workers/host/ctx.h"

/* A part of its text or caption, borrowed from the update, with what else the message has; "" as
 * message_keep(). */
const char *message_keep_part(struct ctx *ctx, struct text part);

#endif
