/* brief.h - what is kept for an hour at most, for the host itself: as briefs.h, under a key that
 * names its module. A call is one trip to Redis; a handler that runs again finds what was there
 * before its writes. */
#ifndef WORKERS_HOST_BRIEF_H
#define WORKERS_HOST_BRIEF_H

#include "workers/host/ctx.h"

/* The texts of the key live as long as the update. */
bool brief_set_at(struct ctx *ctx, const struct brief_key *key, const char *value, int64_t seconds);
const char *brief_find_at(struct ctx *ctx, const struct brief_key *key);
int64_t count_recent_at(struct ctx *ctx, const struct brief_key *key, int64_t window_s);
bool brief_claim_at(struct ctx *ctx, const struct brief_key *key, int64_t seconds);

#endif
