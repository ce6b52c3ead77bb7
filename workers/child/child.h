/* child.h - a process that handles updates, one at a time: read, route, run, answer. Plain blocking
 * code; whatever happens to it is due to the current update. */
#ifndef WORKERS_CHILD_CHILD_H
#define WORKERS_CHILD_CHILD_H

#include "common/settings.h"
#include "workers/child/confine.h"
#include "workers/host/host.h"
#include "workers/storage/pool_storage.h"

/* The life of a child after the fork. `socket` leads to the parent, `scoreboard` is a descriptor of
 * its shared memory, `pool_storage` is what it may connect to, `confinement` what it may open.
 * Returns the exit code when the parent closes the socket. */
int child_main(struct host *host, struct pool_storage *pool_storage,
	       struct confinement *confinement, const struct settings *settings, int socket,
	       int scoreboard);

#endif
