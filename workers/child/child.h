/* child.h - a process that handles updates, one at a time: read, route, run, answer. Plain
 * blocking code; whatever happens to it happened to the update in hand. */
#ifndef WORKERS_CHILD_CHILD_H
#define WORKERS_CHILD_CHILD_H

#include "common/settings.h"
#include "workers/host/host.h"
#include "workers/storage/pool_storage.h"

/* The life of a child, after the fork: `socket` leads to the parent, `scoreboard` is its shared
 * memory, `stores` are what it may connect to. Returns the exit code when the parent closes the
 * socket. */
int child_main(struct host *host, struct pool_storage *pool_storage,
	       const struct settings *settings, int socket, int scoreboard);

#endif
