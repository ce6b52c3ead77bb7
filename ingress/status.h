/* status.h - once a second: gauges, readiness and the JSON of /status. */
#ifndef INGRESS_STATUS_H
#define INGRESS_STATUS_H

#include "common/crash_link.h"
#include "common/health.h"
#include "common/loop.h"
#include "common/settings.h"
#include "ingress/intake/poll.h"
#include "ingress/intake/webhook.h"
#include "ingress/pools/pools.h"
#include "ingress/sightings/sightings.h"
#include "ingress/spool/spool.h"

struct status;

struct status_options {
	struct loop *loop;
	struct health *health;
	const struct settings *settings;
	const struct spool *spool;
	const struct pools *pools;
	const struct sightings *sightings;
	struct poller *poller;
	const struct webhook *webhook; /* NULL: ingress polls */
};

/* Publishes at once and then every second. */
struct status *status_create(const struct status_options *options);
void status_destroy(struct status *status);

#endif
