/* rows.h - runs the handlers of what ctx->match has found. */
#ifndef WORKERS_HOST_ROWS_H
#define WORKERS_HOST_ROWS_H

#include "workers/host/ctx.h"

/* Until one returns DONE, or fails. False when no handler took the update; then the person was told
 * why not, if there is anything to say. */
bool rows_run(struct ctx *ctx);
/* Whatever its columns say. */
enum verdict rows_run_one(struct ctx *ctx, const struct row *row);
/* So that a crash report names the handler. */
void rows_note(struct host *host, const char *module, const char *handler);

#endif
