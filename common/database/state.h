/* state.h - what the recorder must know of the database around its tables: that the hashes in it
 * were made with our key, whether we hold the lock of the active recorder, and whether the tables
 * are still those that Redis was filled from. */
#ifndef COMMON_DATABASE_STATE_H
#define COMMON_DATABASE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/database/hash.h"
#include "common/database/postgres.h"

/* What changes when Redis no longer describes the tables: another cluster, a restored one (its
 * timeline), tables made anew (their files), or a word of the recorder (the row incarnation). */
#define INCARNATION_SIZE 33
#define SETTLED_SIZE 37

struct database_state {
	bool locked;                        /* this session holds the lock */
	bool writing;                       /* the note of state_note_sql is there */
	char incarnation[INCARNATION_SIZE]; /* hex */
	char settled[SETTLED_SIZE];         /* another each time that a note is taken back */
	uint64_t rows;                      /* about how many people and groups there are */
};

/* Settings of the session: timeouts, plans by index, and an end to it within seconds when this
 * process is stopped or unreachable, which frees the lock for another recorder. */
MUST_CHECK bool state_start_session(struct postgres *postgres, struct postgres_error *error);
/* *same is false when the database was filled with another KORONE_PRIVACY_KEY. The first key that a
 * database sees becomes its key. */
MUST_CHECK bool state_check_key(struct postgres *postgres, const struct hash_keys *keys, bool *same,
				struct postgres_error *error);
/* Makes the workers' role and its rights where that is permitted; without it workers must use a
 * login that has them. */
MUST_CHECK bool state_grant_roles(struct postgres *postgres, struct postgres_error *error);

/* Tries once. The lock lasts as long as the session, which a pooler must not share out. */
MUST_CHECK bool state_try_lock(struct postgres *postgres, bool *locked,
			       struct postgres_error *error);
MUST_CHECK bool state_read(struct postgres *postgres, struct database_state *out,
			   struct postgres_error *error);
/* Makes everything that Redis knows void. */
MUST_CHECK bool state_renew_incarnation(struct postgres *postgres, struct postgres_error *error);
/* The same as a step of a transaction. */
extern const char state_renew_sql[];
/* A step of a transaction that writes: from its commit until the note is taken back, Redis may know
 * rows as they were before. */
extern const char state_note_sql[];
/* Gives the new value of `settled`. A database that was restored has an older one. */
MUST_CHECK bool state_take_note_back(struct postgres *postgres, char settled[SETTLED_SIZE],
				     struct postgres_error *error);

#endif
