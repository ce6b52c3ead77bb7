/* confine.h - the walls around a child, in case a handler is taken over: it opens no file but those
 * that it needs, and reaches no other process. */
#ifndef WORKERS_CHILD_CONFINE_H
#define WORKERS_CHILD_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/landlock.h"
#include "common/settings.h"
#include "workers/host/host.h"

struct confinement;

/* In the nursery. Borrows from the modules and settings. */
struct confinement *confinement_create(const struct host *host, const struct settings *settings);
void confinement_destroy(struct confinement *confinement);
/* In a child, before it runs a handler; cannot be undone. Returns a bit for each enum wall that
 * stands now; `why` says why another does not. */
uint32_t confinement_apply(const struct confinement *confinement, struct why *why);
/* In the nursery: whether a file that children may open is another one than at the last call or the
 * creation: replaced or new, and so closed to the children that are there. */
bool confinement_has_changed(struct confinement *confinement);

#endif
