/* recent.h - a bounded table in front of Redis: the hashes of rows that this recorder knows to be
 * stored.
 *
 * Valid only while the lock is held without interruption: then nobody else writes. The owner clears
 * it with the connection, and when the tables turn out to be different ones. 6 MiB when full (half
 * a million people); for active people it saves the round trip to Redis. */
#ifndef RECORDER_RECENT_H
#define RECORDER_RECENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/database/hash.h"

struct recent;

struct recent *recent_create(void);
void recent_destroy(struct recent *recent);
enum recent_answer {
	RECENT_UNKNOWN,
	RECENT_SAME,  /* the row is stored with this hash */
	RECENT_OTHER, /* the row is stored with another hash */
};

enum recent_answer recent_look(const struct recent *recent, const uint8_t id_hash[ID_HASH_SIZE],
			       const uint8_t row_hash[ROW_HASH_SIZE]);
void recent_put(struct recent *recent, const uint8_t id_hash[ID_HASH_SIZE],
		const uint8_t row_hash[ROW_HASH_SIZE]);
void recent_remove(struct recent *recent, const uint8_t id_hash[ID_HASH_SIZE]);
void recent_clear(struct recent *recent);

#endif
