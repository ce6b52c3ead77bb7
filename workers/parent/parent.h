/* parent.h - the parent of a pool: owns the sockets and all records. It never runs a handler and
 * never parses an update or a call, so it has nothing to crash on. */
#ifndef WORKERS_PARENT_PARENT_H
#define WORKERS_PARENT_PARENT_H

#include "common/settings.h"

/* Runs from the start to a clean drain after SIGTERM or SIGINT; returns the exit code. */
int parent_run(const struct settings *settings);

#endif
