/* overview.h - what others may see of crashd: metrics, readiness, /status; and the housekeeping
 * that goes by the clock. */
#ifndef CRASHD_OVERVIEW_H
#define CRASHD_OVERVIEW_H

#include "common/health.h"
#include "common/loop.h"
#include "common/settings.h"
#include "crashd/forward.h"
#include "crashd/incidents.h"
#include "crashd/store.h"
#include "crashd/symbols.h"

struct overview;

/* Everything is borrowed for its life. */
struct overview *overview_create(struct loop *loop, struct health *health,
				 const struct settings *settings, struct store *store,
				 struct symbols *symbols, struct incidents *incidents,
				 struct forward *forward);
void overview_destroy(struct overview *overview);

#endif
