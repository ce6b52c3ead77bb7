/* reasons.h - why somebody is on a list of bans. A fact has a number and no text, so the words are
 * kept once for all bans that have them, without anybody's name or id. */
#ifndef WORKERS_MODULES_MODERATION_REASONS_H
#define WORKERS_MODULES_MODERATION_REASONS_H

#include "common/buffer.h"
#include "workers/module.h"

#define REASON_NONE 1 /* the number of a ban without one */

/* The number of these words, of which the first REASON_MAX bytes count, among the holder's reasons;
 * 0 after a failure. */
#define REASON_MAX 300
int64_t reason_note(struct ctx *ctx, struct holder holder, const char *words);
/* "": none. */
const char *reason_find(struct ctx *ctx, struct holder holder, int64_t number);
/* The same of many bans, with few queries: for lists. */
struct reasons;
const struct reasons *reasons_load(struct ctx *ctx, struct holder holder);
const char *reasons_find(const struct reasons *reasons, int64_t number);
/* Appends a field of CSV (RFC 4180), nothing for "". A program for tables does not take it for a
 * formula. */
void reason_add_csv(struct buffer *out, const char *reason);

#endif
