/* table.h - what was seen and is not stored yet: one entry per person or group, with the
 * newest fields and the earliest time. An entry is fresh (not durable), waiting, or out at a
 * recorder; what changes while it is out waits until that version has come back. */
#ifndef INGRESS_SIGHTINGS_TABLE_H
#define INGRESS_SIGHTINGS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/message.h"

struct sightings_table;

struct sightings_table *sightings_table_create(void);
void sightings_table_destroy(struct sightings_table *table);

/* From the replay: durable, with its version. */
void sightings_table_restore(struct sightings_table *table, const struct sighting *sighting);
/* NULL when it is no news: the same fields wait, or were stored within the last minute. Else
 * what to write, with its version; borrowed until the next call. `now_s` is UTC. */
const struct sighting *sightings_table_add(struct sightings_table *table,
					   const struct sighting *sighting, int64_t now_s);
/* All that was added may be sent. */
void sightings_table_durable(struct sightings_table *table);
/* Takes up to `max` that wait and marks them as out at `session`; texts are borrowed until the next
 * call. */
size_t sightings_table_take(struct sightings_table *table, uint64_t session, size_t max,
			    struct sighting *out);
/* False when that version is not out at that session. */
bool sightings_table_stored(struct sightings_table *table, uint64_t session,
			    const struct sighting_stored *stored, int64_t now_s);
/* What is out at a session waits again. */
void sightings_table_lost(struct sightings_table *table, uint64_t session);
/* Forgets what was stored lately: the database may be another one. */
void sightings_table_forget_stored(struct sightings_table *table);
size_t sightings_table_count(const struct sightings_table *table);

#endif
