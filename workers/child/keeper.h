/* keeper.h - runs one program for a child (ctx_run()), which may start none itself.
 *
 * A process of its own, forked by the nursery when a parent asks: it reads one WIRE_CALL from its
 * socket, runs the program inside walls, answers with a WIRE_RESULT and exits. Nothing that the
 * program started outlives it: all of it is one process group, which no process of it can leave,
 * and which is killed when the program ends or exceeds its limits, and when the socket is closed.
 * If the keeper itself is killed, the program dies with it and the nursery kills the group. */
#ifndef WORKERS_CHILD_KEEPER_H
#define WORKERS_CHILD_KEEPER_H

#include "common/settings.h"
#include "workers/host/host.h"

int keeper_main(const struct host *host, const struct settings *settings, int socket);

#endif
