/* intake.h - from Telegram's JSON to the spool: the only way in for updates, polled or pushed.
 *
 * A batch is appended and committed as a unit. Once it is durable, its updates go to the pools, its
 * sightings to the recorder, and the caller may confirm it to Telegram. A malformed update affects
 * only itself: it is quarantined, counted, and logged by id. Redeliveries are skipped. */
#ifndef INGRESS_INTAKE_INTAKE_H
#define INGRESS_INTAKE_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/why.h"
#include "ingress/intake/quarantine.h"
#include "ingress/pools/pools.h"
#include "ingress/sightings/sightings.h"
#include "ingress/spool/spool.h"
#include "ingress/update/transcode.h"

struct intake;

struct intake *intake_create(void);
void intake_destroy(struct intake *intake);

/* From the replay, before intake_open(). */
void intake_restore_update(struct intake *intake, const struct spool_update *update);
/* Takes its own keys ("seen", "seen_new"). */
void intake_restore_meta(struct intake *intake, const char *key, const void *value, size_t size);

struct intake_options {
	struct loop *loop;
	struct spool *spool;
	struct pools *pools;
	struct sightings *sightings;
	struct quarantine *quarantine; /* NULL: malformed updates are only counted and logged */
};

void intake_open(struct intake *intake, const struct intake_options *options);

struct intake_batch {
	size_t elements; /* received */
	size_t fresh;    /* stored now */
	bool has_last;
	int64_t last_id; /* of the last element whose id could be read */
};

typedef void intake_durable_fn(void *owner);

/* Of getUpdates. */
struct intake_answer {
	const char *json;
	size_t size;
	bool insist; /* see transcode_split() */
};

/* Calls fn from the loop once all of it is durable (never before this returns); not at all when it
 * was empty. Returns false, with no effect, when the answer has no list of updates. */
MUST_CHECK bool intake_take_answer(struct intake *intake, const struct intake_answer *answer,
				   struct intake_batch *out, intake_durable_fn *fn, void *owner,
				   struct why *why);
/* One update, as a webhook receives it. */
void intake_take_update(struct intake *intake, struct json_slice element, intake_durable_fn *fn,
			void *owner);

/* A malformed update that an operator retries, whether or not its id was seen before. False when it
 * is still malformed. */
MUST_CHECK bool intake_retry(struct intake *intake, struct json_slice element,
			     intake_durable_fn *fn, void *owner, struct why *why);

/* A pool found out that a group became a supergroup: joins their lanes and tells the recorder,
 * once. */
void intake_migrated(struct intake *intake, int64_t from, int64_t to);

#endif
