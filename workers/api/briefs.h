/* briefs.h - what a module keeps for an hour at most. */
#ifndef WORKERS_API_BRIEFS_H
#define WORKERS_API_BRIEFS_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/api/stores.h"

/* Values of this module that may vanish at any time, and do after `seconds` (1 to 3600: less or
 * more is taken for that). Holders and keys as in stores.h. While Redis is away none is found, and
 * brief_set() returns false. Setting and removing carries the same marks as in stores.h. */
/* `value` NULL removes; at most 12 KiB. */
bool brief_set(struct ctx *ctx, struct holder holder, const char *key, const char *value,
	       int64_t seconds);
const char *brief_find(struct ctx *ctx, struct holder holder, const char *key);
/* True for the first update that claims it within that many seconds, also when its handler runs
 * again while it has the claim; false for others. True for every caller while Redis is away. */
bool brief_claim(struct ctx *ctx, struct holder holder, const char *key, int64_t seconds);

#endif
