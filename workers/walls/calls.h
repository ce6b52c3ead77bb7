/* calls.h - which system calls the processes of a pool that may be taken over do without: those
 * that run handlers, and the fetcher. */
#ifndef WORKERS_WALLS_CALLS_H
#define WORKERS_WALLS_CALLS_H

#include "common/call_filter.h"

extern const struct call_policy walls_calls;

/* Of root's, where a pool is run by root: keeps only what opens sockets of other users, which
 * Landlock limits to the files that it names. */
void walls_drop_capabilities(void);
/* All of them. */
void walls_drop_all_capabilities(void);

#endif
