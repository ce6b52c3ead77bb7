/* quote.h - the part of a message that a reply quotes (Bot API, "ReplyParameters"). */
#ifndef WORKERS_HOST_QUOTE_H
#define WORKERS_HOST_QUOTE_H

#include <stdint.h>

#include "common/json.h"
#include "workers/host/ctx.h"

/* Writes "quote" and what belongs to it into the open reply_parameters. Telegram refuses the whole
 * message when the other one does not contain the quote with the same formatting: so that is taken
 * from the message in hand, or the one that it replies to; what neither contains is not written. A
 * third message cannot be looked at: there the quote is written as it is. */
void quote_write(struct ctx *ctx, int64_t message_id, const char *quote, struct json *json);

#endif
