/* status.h - what others see of crashd: metrics, readiness, /status; and periodic housekeeping. */
#ifndef CRASHD_STATUS_H
#define CRASHD_STATUS_H

#include "common/health.h"
#include "common/loop.h"
#include "common/settings.h"
#include "crashd/examine.h"
#include "crashd/forward.h"
#include "crashd/incidents.h"
#include "crashd/store.h"
#include "crashd/symbols.h"

struct status;

/* Everything is borrowed for its life. */
struct status *crashd_status_create(struct loop *loop, struct health *health,
				    const struct settings *settings, struct store *store,
				    struct symbols *symbols, struct incidents *incidents,
				    const struct examiner *examiner, struct forward *forward);
void crashd_status_destroy(struct status *status);

#endif
