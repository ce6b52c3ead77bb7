/* kept_message.h - what is kept of the message in hand. */
#ifndef WORKERS_HOST_KEPT_MESSAGE_H
#define WORKERS_HOST_KEPT_MESSAGE_H

#include "workers/host/ctx.h"

/* A part of its text or caption, borrowed from the update, with what else the message has; "" as
 * message_keep(). */
const char *message_keep_part(struct ctx *ctx, struct text part);
/* Why it could not be kept, marked with N_(): it is no text or file, or too long. */
const char *message_keep_fault(const struct message *message);
/* What a command gives to be kept: that part with the file of its message, else the message that it
 * replies to. NULL: nothing, or *fault says, marked with N_(), why it cannot be kept. */
const char *message_keep_given(struct ctx *ctx, struct text part, const char **fault);

#endif
