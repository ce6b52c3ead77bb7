/* extract.h - what ingress itself reads of an update: its kind, lane and sightings, and what an
 * incident needs. One table says who counts as seen; PRIVACY.md has the same table. */
#ifndef INGRESS_EXTRACT_H
#define INGRESS_EXTRACT_H

#include "common/arena.h"
#include "common/kind.h"
#include "common/message.h"

struct extract {
	int64_t update_id;
	enum update_kind kind;
	uint64_t lane;
	int64_t chat_id; /* 0: none */
	/* Who acted and the group it happened in; texts borrow from the update. */
	struct sighting sightings[4];
	size_t sightings_count;
	/* Group to supergroup, from migrate_to_chat_id or migrate_from_chat_id; 0: no migration. */
	int64_t migrated_from, migrated_to;
};

/* `update` is msgpack of one update. False when it has no integer update_id or is no map. */
MUST_CHECK bool extract_update(const void *update, size_t size, struct extract *out,
                               struct why *why);
/* The fields that an incident keeps; texts borrow from the update. */
void extract_incident(const void *update, size_t size, struct incident *out);

/* Joins two lanes after a migration is the dispatcher's work; this is the key of a chat's lane. */
uint64_t lane_of_chat(int64_t chat_id);

#endif
