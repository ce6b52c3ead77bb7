/* log_channel.h - a group's log channel (workers/api/log.h), for the host. */
#ifndef WORKERS_HOST_LOG_CHANNEL_H
#define WORKERS_HOST_LOG_CHANNEL_H

#include "workers/host/ctx.h"

/* ctx_find_log(), but of LOG_RULES no more than LOG_RULES_MOST a minute: in a raid the channel
 * would hold up what is urgent. The channel is told once that there is more. */
struct draft *log_find_rationed(struct ctx *ctx, enum log_category category);
/* The address of a message of a group, for its members; "": it has none. */
const char *message_url(struct ctx *ctx, const struct chat *chat, int64_t message_id);

#endif
