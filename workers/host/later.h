/* later.h - work that a handler put off, as ingress keeps it until it is due: a head that ingress
 * reads (common/piece.h), then msgpack: [4, slug, kind, skeleton of the update, which turn of the
 * update it is (turn.h), when it is due, every how many seconds or 0, at which minute of the day or
 * -1].
 *
 * Until November 2026 there was no head, and fewer fields: in version 3 without the last two, in 2
 * without the last four, in 1 with name and payload for the slug; once the whole update stood for
 * the skeleton, which is read just as well. */
#ifndef WORKERS_HOST_LATER_H
#define WORKERS_HOST_LATER_H

#include "common/orders.h"
#include "workers/host/ctx.h"

/* Unpacks work, of the current item or of an incident: the update it belongs to, and its slug.
 * False, and logged, when it cannot be read. */
bool later_resume(struct ctx *ctx, struct text work, struct text *slug);
/* Then, when its rows are known: what repeats is put off again, even if its handler fails. False:
 * there is nothing to do now, it was only looked at (ORDER_HASTEN). */
bool later_repeat(struct ctx *ctx);
/* Puts off a step of a job, whose slug is the host's own. */
enum verdict later_put_off_job(struct ctx *ctx, int64_t after_s, const char *slug);

/* What waits for the person, or in the chat, is dropped. */
enum verdict later_forget(struct ctx *ctx, bool is_chat, int64_t id);
/* The chat has another time zone. */
enum verdict later_hasten(struct ctx *ctx, int64_t chat_id);

/* The handler has failed: nothing that it ordered is carried out. */
void later_drop(struct ctx *ctx);
/* From now on what was ordered so far is carried out even if the handler fails. */
void later_keep(struct ctx *ctx);
/* What ingress is to do; lives until the next update. */
struct text later_orders(const struct ctx *ctx);

#define LATER_MAX_S ORDER_AFTER_MAX_S

#endif
