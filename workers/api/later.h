/* later.h - work that is put off, and long work.
 *
 * What waits is a slug with its values (slugs.h), in a chat: of each there is one, and putting it
 * off again replaces what waits. Kept are who did what is handled now, where, in which topic and
 * language; of what they said nothing is that is not in the values. When it is due the WORK() route
 * with the slug runs, whatever was restarted in between and if the group has become a supergroup,
 * and it can put off more. What is due while nothing runs is done once afterwards.
 *
 * Nothing is put off or cancelled by a handler that fails, and nothing twice by one that runs
 * again. What runs already is not cancelled any more, so what was decided meanwhile is worth a look
 * in a store or a fact. /forgetme drops what waits for the person; what waits in a group goes when
 * its data are erased or the bot is removed. */
#ifndef WORKERS_API_LATER_H
#define WORKERS_API_LATER_H

#include <stdint.h>

#include "workers/api/verdict.h"

/* Once, after that many seconds: at most 366 days. */
enum verdict ctx_laterf(struct ctx *ctx, int64_t after_s, const char *slug, ...)
	__attribute__((format(printf, 3, 4)));
/* Again and again until it is cancelled, first after that many seconds: from a minute to 366 days.
 * It belongs to the chat: in a group it is put off for nobody (work->from is NULL). A handler that
 * fails, or crashes, runs again the next time. */
enum verdict ctx_every(struct ctx *ctx, int64_t seconds, const char *slug, ...)
	__attribute__((format(printf, 3, 4)));
/* The same every day at this minute of the chat's day, 0 to 1439, in its time zone (ctx_zone()):
 * where the clocks skip that minute, when they go on; where it comes twice, the first time. When
 * the chat's zone is changed, it is due at the new time. */
enum verdict ctx_daily(struct ctx *ctx, int64_t minute_of_day, const char *slug, ...)
	__attribute__((format(printf, 3, 4)));
/* What waits here with this slug and these values waits no more; that nothing does is no fault. */
void ctx_cancel(struct ctx *ctx, const char *slug, ...) __attribute__((format(printf, 2, 3)));

/* The chat's time zone, as "Europe/Berlin"; "UTC" until somebody chooses one by /timezone. */
const char *ctx_zone(struct ctx *ctx);
/* Chooses it for this chat; "" takes the choice back. Fails for what ctx_find_zone() does not give.
 */
enum verdict ctx_choose_zone(struct ctx *ctx, const char *zone);
/* The name of a time zone as people write it, in any case; NULL when the system knows none. */
const char *ctx_find_zone(struct ctx *ctx, const char *text);
/* What the clocks of the chat show at this time (UTC seconds): the minute of the day, 0 to 1439. */
int64_t ctx_minute_of_day(struct ctx *ctx, int64_t at_s);

/* Lets the chat's next updates be handled while this handler continues: for long work. */
void ctx_release_lane(struct ctx *ctx);

#endif
