/* choice.h - what people choose in Telegram's own lists of people and chats: the number that tells
 * the service message ("users_shared", "chat_shared") which button it comes from. */
#ifndef WORKERS_HOST_CHOICE_H
#define WORKERS_HOST_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/host/ctx.h"

/* Bot API, "KeyboardButtonRequestChat", request_id: the same for a step in every process, 1 to
 * 2^31 - 1. */
int64_t choice_request_id(const char *step);
/* Another one of the step, for a list of channels: both may be in one message. */
int64_t choice_channel_id(const char *step);
/* Whether a SERVICE() row with this event takes what is chosen for the step. */
bool choice_is_taken(const struct ctx *ctx, const char *event, const char *step);
/* Whether the service message in hand is for the row: it has no step, or the one that was chosen
 * for. */
bool choice_is_for(const struct ctx *ctx, const struct route *route);

#endif
