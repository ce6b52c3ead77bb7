/* stores.h - the backing of a pool: settings and people in Postgres, short-lived values in Redis.
 */
#ifndef WORKERS_STORES_H
#define WORKERS_STORES_H

#include "common/settings.h"
#include "workers/backing.h"

struct stores;

extern const struct backing stores_backing; /* its owner is a struct stores */

/* Before the children are forked; connects to nothing. */
struct stores *stores_create(const struct settings *settings, struct why *why);
void stores_destroy(struct stores *stores);

#endif
