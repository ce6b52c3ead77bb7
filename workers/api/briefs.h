/* briefs.h - what a module keeps for an hour at most, or of nobody for a week, and what it counts
 * in the last while. */
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

/* The same for a week, of nobody: what can be had again at a cost, as the ids of files that
 * Telegram has of a link. `what` is a text of any length; Redis has a keyed hash of it. */
bool cached_set(struct ctx *ctx, const char *what, const char *value);
const char *cached_find(struct ctx *ctx, const char *what);

/* Counts this update under the key, and returns how many were counted under it less than `window_s`
 * (1 to 3600) seconds away, this one included: 1 to COUNT_RECENT_MAX, beyond which the oldest are
 * forgotten. The times are those of ctx_now(). Exact over all pools: of updates that come at once
 * each gets another number. A handler that runs again within ten minutes counts nothing and gets
 * the number that it had; a second call for the same key counts another one. It is one trip to
 * Redis, so a module that watches every message asks only where that is switched on. 0 while Redis
 * is away.
 *
 *     if (ctx_count_recent(ctx, THIS_MEMBER, "flood", 5) > limit) */
#define COUNT_RECENT_MAX 1000
int64_t ctx_count_recent(struct ctx *ctx, struct holder holder, const char *key, int64_t window_s);
/* The same under several keys at once, still one trip: `keys` end with NULL, at most
 * COUNT_RECENT_KEYS; counts[i] is that of keys[i]. */
#define COUNT_RECENT_KEYS 8
void ctx_count_all_recent(struct ctx *ctx, struct holder holder, const char *const *keys,
			  int64_t window_s, int64_t *counts);

/* Notes which message somebody wrote here, the one of this update: for rules and commands that
 * take away all that one person wrote lately. The id alone, in Redis, for NOTED_SECONDS at most;
 * all modules see what any has noted, and an update notes it once. It is one trip to Redis, so ask
 * only where it is switched on. False while Redis is away. */
#define NOTED_SECONDS 600
bool ctx_note_message(struct ctx *ctx);
/* Messages of that person, or (negative) that channel, in the chat in hand: how many of `max` there
 * are, ascending; of more than that, the last. */
size_t ctx_noted_messages(struct ctx *ctx, int64_t writer, int64_t *ids, size_t max);

#endif
