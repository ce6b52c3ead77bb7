/* process_fork.h - what the parent shares with each process that it has the nursery fork: a socket
 * and a scoreboard. */
#ifndef WORKERS_PARENT_PROCESS_FORK_H
#define WORKERS_PARENT_PROCESS_FORK_H

#include <stdint.h>

#include "common/why.h"
#include "workers/parent/nursery_link.h"
#include "workers/wire/scoreboard.h"

/* Asks for a process of this role, under the parent's number for it. Returns the parent's end of
 * its socket, and its scoreboard, for the caller to close and to unmap; -1 and a reason: there will
 * be no process, and *scoreboard is NULL. */
int process_fork(struct nursery_link *nursery, enum nursery_role role, uint64_t serial,
		 struct scoreboard **scoreboard, struct why *why);

#endif
