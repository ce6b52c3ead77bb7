/* joins.h - requests to join that somebody else does not take. */
#ifndef WORKERS_MODULES_MODERATION_JOINS_H
#define WORKERS_MODULES_MODERATION_JOINS_H

#include "workers/module.h"

/* Shows it to administrators, with buttons, whatever the group chose. PASS where the module is not
 * loaded. */
enum verdict joins_show(struct ctx *ctx, const struct join_request *request);

#endif
