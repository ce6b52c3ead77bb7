/* later.h - work that is put off, and long work. */
#ifndef WORKERS_API_LATER_H
#define WORKERS_API_LATER_H

#include <stdint.h>

#include "workers/api/verdict.h"

/* Runs the WORK() route `name` after that many seconds, whatever is restarted in between: the
 * current update is kept until then. Once per update; `payload` is for the handler and may be
 * "". Update and payload together have at most 2.5 MiB. */
enum verdict ctx_later(struct ctx *ctx, int64_t after_s, const char *name, const char *payload);
/* Lets the chat's next updates be handled while this handler continues: for long work. */
void ctx_release_lane(struct ctx *ctx);

#endif
