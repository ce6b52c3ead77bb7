/* extract.h - what ingress itself reads from an update: its kind, lane and sightings, and what an
 * incident needs. One table says who counts as seen; PRIVACY.md has the same table. */
#ifndef INGRESS_UPDATE_EXTRACT_H
#define INGRESS_UPDATE_EXTRACT_H

#include "common/arena.h"
#include "common/kind.h"
#include "common/message.h"

/* Telegram adds at most 200 people to a group at once, plus the person who added them and the
 * group. */
#define EXTRACT_SIGHTINGS_MAX 256

struct extract {
	int64_t update_id;
	enum update_kind kind;
	uint64_t lane;
	int64_t chat_id; /* 0: none */
	/* Group to supergroup, from migrate_to_chat_id or migrate_from_chat_id; 0: no migration. */
	int64_t migrated_from, migrated_to;
	/* Who acted and the group it happened in; texts borrow from the update; seen_at and version
	 * are 0. Only the first sightings_count are set. */
	size_t sightings_count;
	struct sighting sightings[EXTRACT_SIGHTINGS_MAX];
};

/* `update` is msgpack of one update. False when it is not a map or has no integer update_id. */
MUST_CHECK bool extract_update(const void *update, size_t size, struct extract *out,
			       struct why *why);
/* The fields that an incident keeps, except trace and reason (zeroed: the caller sets them); texts
 * borrow from the update. */
void extract_incident(const void *update, size_t size, struct incident *out);

#endif
