/* sightings.h - people and groups that were seen and are not in the database yet: newest fields,
 * earliest time, one version of an id in flight at a time. The queue grows with people, not with
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
/* During the replay, before sightings_open(). */
void sightings_restore(struct sightings *sightings, const struct sighting *sighting);
/* Binds the sightings endpoint. */
MUST_CHECK bool sightings_open(struct sightings *sightings, struct zcontext *context,
			       struct loop *loop, struct spool *spool,
			       const struct settings *settings, struct why *why);
/* Called for each sighting of a batch that is being appended: appends to the spool's open batch if
 * it is new (the same fields are not waiting and were not stored a moment ago, according to a
 * bounded table of hashes). It is sent to the recorder once sightings_durable() says that the batch
 * is durable. */
void sightings_add(struct sightings *sightings, const struct sighting *sighting);
void sightings_durable(struct sightings *sightings);
size_t sightings_pending(const struct sightings *sightings);
/* Writes the recorders array of /status. */
void sightings_status(const struct sightings *sightings, struct json *json);

#endif
