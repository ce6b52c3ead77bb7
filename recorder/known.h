/* known.h - tells who is certainly not stored: a filter (Bloom 1970) of the ids and usernames in
 * the tables and of people who objected. It may take an unknown one for known, never the other way
 * round, so a row that is new to it is inserted without a look-up.
 *
 * Valid only while the lock is held without interruption: then nobody else adds rows, except a
 * worker that sees a group migrate; that ends in a unique violation, and the row is written by the
 * careful statement. Tables with more than KNOWN_KEYS_MAX ids and names are not read: then
 * everybody may be known. */
#ifndef RECORDER_KNOWN_H
#define RECORDER_KNOWN_H

#include <stdbool.h>

#include "common/database/hash.h"
#include "common/database/postgres.h"

/* 2 MiB at 8 bits per key: then 3 % of unknown ones are taken for known. Up to 65,536 keys are 32
 * to 64 bytes each, but 16 KiB at least. */
#define KNOWN_KEYS_MAX (UINT64_C(1) << 21)

struct known;

struct known *known_create(void);
void known_destroy(struct known *known);
/* Everybody may be known until the tables have been read again. */
void known_clear(struct known *known);

/* Reads the next 10,000 or so rows of the tables; call it once a second. Rows written meanwhile
 * must be added with known_add(). */
MUST_CHECK bool known_learn(struct known *known, struct postgres *postgres,
			    const struct hash_keys *keys, struct postgres_error *error);

/* Of hash_id() or hash_name(). */
void known_add(struct known *known, const uint8_t hash[ID_HASH_SIZE]);
/* Always true until everything has been read. */
bool known_may_have(const struct known *known, const uint8_t hash[ID_HASH_SIZE]);

#endif
