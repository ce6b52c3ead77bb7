/* fact.h - facts about people (workers/api/facts.h), for the host. */
#ifndef WORKERS_HOST_FACT_H
#define WORKERS_HOST_FACT_H

#include "workers/host/ctx.h"

/* Whether a module's kinds are as facts.h wants them; false and a reason. */
MUST_CHECK bool fact_check_kinds(const struct module *module, struct why *why);

#endif
