/* later.h - work that is put off, and long work. */
#ifndef WORKERS_API_LATER_H
#define WORKERS_API_LATER_H

#include <stdint.h>

#include "workers/api/verdict.h"

/* Runs the WORK() route with this slug after that many seconds, whatever is restarted in between:
 * who did what is handled now, where, in which topic and language is kept until then, with the
 * values; of what they said nothing is that is not in the values. Once per update. */
enum verdict ctx_laterf(struct ctx *ctx, int64_t after_s, const char *slug, ...)
	__attribute__((format(printf, 3, 4)));
/* Lets the chat's next updates be handled while this handler continues: for long work. */
void ctx_release_lane(struct ctx *ctx);

#endif
