/* start.h - the way back to what people see first. */
#ifndef WORKERS_MODULES_START_H
#define WORKERS_MODULES_START_H

#include "workers/module.h"

/* A button below what a button of /start has opened; in private chats only. */
void start_add_way_back(struct ctx *ctx, struct draft *draft);

#endif
