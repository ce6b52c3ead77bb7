/* parent.h - the parent of a pool: owns the sockets and the books, and never runs a handler, nor
 * reads an update or a call: it has nothing to crash on. */
#ifndef WORKERS_PARENT_PARENT_H
#define WORKERS_PARENT_PARENT_H

#include "common/settings.h"

/* From the start to a clean drain after SIGTERM or SIGINT; returns the exit code. */
int parent_run(const struct settings *settings);

#endif
