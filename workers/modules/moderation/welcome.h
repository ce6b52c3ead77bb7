/* welcome.h - who is welcomed later than they joined. */
#ifndef WORKERS_MODULES_MODERATION_WELCOME_H
#define WORKERS_MODULES_MODERATION_WELCOME_H

#include "workers/module.h"

/* Somebody in the chat in hand, once this handler has returned, if the group welcomes people. */
enum verdict welcome_now(struct ctx *ctx, int64_t person);

#endif
