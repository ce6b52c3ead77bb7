/* sightings.h - people and groups that were seen and are not yet in the database: newest fields,
 * earliest time, one version of an id out at a time. What waits grows with people, not with
 * updates. Owns the link to the recorder. */
#ifndef INGRESS_SIGHTINGS_SIGHTINGS_H
#define INGRESS_SIGHTINGS_SIGHTINGS_H

#include "common/health.h"
#include "common/json.h"
#include "common/loop.h"
#include "common/message.h"
#include "common/settings.h"
#include "common/zlink.h"
#include "ingress/spool/spool.h"

struct sightings;

struct sightings *sightings_create(void);
void sightings_destroy(struct sightings *sightings);
/* From the replay, before sightings_open(). */
void sightings_restore(struct sightings *sightings, const struct sighting *sighting);
/* Binds the sightings endpoint. */
MUST_CHECK bool sightings_open(struct sightings *sightings, struct zcontext *context,
			       struct loop *loop, struct spool *spool,
			       const struct settings *settings, struct why *why);
/* Called for each sighting of a batch that is being appended: appends to the spool's open batch
 * what is news (nothing when the same fields wait or were stored a moment ago: a bounded table of
 * hashes knows). It is sent to the recorder once sightings_durable() says that the batch is
 * durable. */
void sightings_add(struct sightings *sightings, const struct sighting *sighting);
void sightings_durable(struct sightings *sightings);
size_t sightings_pending(const struct sightings *sightings);
/* Writes the recorders' rows of /status as a JSON array. */
void sightings_status(const struct sightings *sightings, struct json *json);

#endif
