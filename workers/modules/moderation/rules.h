/* rules.h - the rules of a group, for others who say them. */
#ifndef WORKERS_MODULES_MODERATION_RULES_H
#define WORKERS_MODULES_MODERATION_RULES_H

#include "workers/module.h"

/* Those of the chat in hand, for draft_kept(); "": it has none, or the module is not loaded. */
const char *rules_of_group(struct ctx *ctx);

#endif
