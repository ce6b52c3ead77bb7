/* table.h - sightings that are not stored yet: one entry per person or group, with the newest
 * fields and the earliest time. An entry is fresh (not durable), waiting, or in flight at a
 * recorder; changes made while it is in flight wait until that version is confirmed. */
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
/* Returns NULL when it is not news: the same fields are waiting, or were stored within the last
 * minute. Else what to write, with its version; valid until the next call. `now_s` is UTC. */
const struct sighting *sightings_table_add(struct sightings_table *table,
					   const struct sighting *sighting, int64_t now_s);
/* Everything added so far may be sent. */
void sightings_table_durable(struct sightings_table *table);
/* Takes up to `max` that wait and marks them as in flight at `session`; texts are valid until the
 * next call. */
size_t sightings_table_take(struct sightings_table *table, uint64_t session, size_t max,
			    struct sighting *out);
/* False when that version is not in flight at that session. */
bool sightings_table_stored(struct sightings_table *table, uint64_t session,
			    const struct sighting_stored *stored, int64_t now_s);
/* What is in flight at a session waits again. */
void sightings_table_lost(struct sightings_table *table, uint64_t session);
/* Forgets what was stored recently: the database may be a different one. */
void sightings_table_forget_stored(struct sightings_table *table);
size_t sightings_table_count(const struct sightings_table *table);

#endif
