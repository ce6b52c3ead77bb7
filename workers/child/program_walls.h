/* program_walls.h - the walls around a program that a keeper starts: it reads and executes what the
 * programs of its module are and need, and the module's own files, writes in its folder only, and
 * opens no socket; with `web` those of the internet's kinds, in a network of its own
 * (own_network.h). */
#ifndef WORKERS_CHILD_PROGRAM_WALLS_H
#define WORKERS_CHILD_PROGRAM_WALLS_H

#include <stdbool.h>

#include "common/settings.h"
#include "common/why.h"
#include "workers/host/host.h"

struct program_walls;
struct module;

/* NULL and a reason when the kernel has not all of it. */
struct program_walls *program_walls_create(const struct host *host, const struct settings *settings,
					   const struct module *module, const char *folder,
					   bool web, struct why *why);
void program_walls_destroy(struct program_walls *walls);
/* For this process; cannot be undone. All of it, or false and a reason. */
MUST_CHECK bool program_walls_enter(const struct program_walls *walls, struct why *why);

#endif
