/* chat_message.h - a Bot API "Message" as the struct message of modules. */
#ifndef WORKERS_HOST_CHAT_MESSAGE_H
#define WORKERS_HOST_CHAT_MESSAGE_H

#include "common/arena.h"
#include "common/pack.h"
#include "workers/module.h"

/* Buttons that are read; Telegram allows 100. */
#define MESSAGE_LINKS_MAX 100

/* Who and where a Bot API "MessageOrigin" is. */
const struct origin *origin_read(struct cursor map, struct arena *arena);
/* NULL when it has no chat. */
const struct message *message_read(struct cursor map, struct arena *arena);

#endif
