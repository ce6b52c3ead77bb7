/* known.h - who is surely not stored: a filter (Bloom 1970) of the ids and usernames in the tables
 * and of those who objected. It may take a stranger for known, never the other way round, so a row
 * that is new to it needs no look-up before it is added.
 *
 * True only while the lock is held without a break, for then nobody else adds rows but a worker
 * that sees a group migrate: that one ends in a unique violation and is written with care. Of
 * tables with more than KNOWN_KEYS_MAX ids and names nothing is learned: everybody may be known. */
#ifndef RECORDER_KNOWN_H
#define RECORDER_KNOWN_H

#include <stdbool.h>

#include "common/database/hash.h"
#include "common/database/postgres.h"

/* Of 2 MiB, 8 bits a key: of strangers 3 % are taken for known then. */
#define KNOWN_KEYS_MAX (UINT64_C(1) << 21)

struct known;

struct known *known_create(void);
void known_destroy(struct known *known);
/* Everybody may be known until it has learned anew. */
void known_clear(struct known *known);

/* Reads on in the tables, some 10,000 rows; to be called once a second. Rows that are written
 * meanwhile are for known_add(). */
MUST_CHECK bool known_learn(struct known *known, struct postgres *postgres,
			    const struct hash_keys *keys, struct postgres_error *error);

/* Of hash_id() or hash_name(). */
void known_add(struct known *known, const uint8_t hash[ID_HASH_SIZE]);
/* Always true until everything is learned. */
bool known_may_have(const struct known *known, const uint8_t hash[ID_HASH_SIZE]);

#endif
