/* replay.h - opens the spool and passes what it holds to the parts that continue with it. */
#ifndef INGRESS_REPLAY_H
#define INGRESS_REPLAY_H

#include "common/settings.h"
#include "common/why.h"
#include "ingress/intake/intake.h"
#include "ingress/intake/poll.h"
#include "ingress/pools/pools.h"
#include "ingress/sightings/sightings.h"
#include "ingress/spool/spool.h"

/* The parts that take over what the spool holds. */
struct replay {
	struct pools *pools;
	struct intake *intake;
	struct poller *poller;
	struct sightings *sightings;
};

/* Opens STATE/spool for the bot of the settings' token. Damage is logged and skipped. Returns NULL
 * with a reason on failure. */
struct spool *replay_spool(const struct replay *replay, const struct settings *settings,
			   const char *state, struct why *why);

#endif
