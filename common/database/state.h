/* state.h - what the recorder must know about the database besides its tables: whether its hashes
 * were made with our key, whether we hold the active recorder's lock, and whether the tables are
 * still those that Redis was filled from. */
#ifndef COMMON_DATABASE_STATE_H
#define COMMON_DATABASE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/database/hash.h"
#include "common/database/postgres.h"

/* Changes when Redis no longer matches the tables: another cluster, a restored one (its timeline),
 * recreated tables (their files), or by request of the recorder (the row incarnation). */
#define INCARNATION_SIZE 33
#define SETTLED_SIZE 37

struct database_state {
	bool locked;                        /* this session holds the lock */
	bool writing;                       /* the note of state_note_sql is set */
	bool removals;                      /* redis_removals is not empty */
	char incarnation[INCARNATION_SIZE]; /* hex */
	char settled[SETTLED_SIZE];         /* changes each time a note is cleared */
	uint64_t rows;                      /* approximate number of people and groups */
};

/* Sets up the session: timeouts, index plans, and a server-side end within seconds when this
 * process is stopped or unreachable, which frees the lock for another recorder. */
MUST_CHECK bool state_start_session(struct postgres *postgres, struct postgres_error *error);
/* *same is false when the database was filled with another KORONE_PRIVACY_KEY. An empty database
 * takes the first key that it sees. */
MUST_CHECK bool state_check_key(struct postgres *postgres, const struct hash_keys *keys, bool *same,
				struct postgres_error *error);
/* Creates the workers' role and its grants where that is permitted; without it workers need a login
 * that has them. */
MUST_CHECK bool state_grant_roles(struct postgres *postgres, struct postgres_error *error);

/* Tries once. The lock lasts as long as the session, so a pooler must not share the session. */
MUST_CHECK bool state_try_lock(struct postgres *postgres, bool *locked,
			       struct postgres_error *error);
MUST_CHECK bool state_read(struct postgres *postgres, struct database_state *out,
			   struct postgres_error *error);
/* Invalidates everything in Redis. */
MUST_CHECK bool state_renew_incarnation(struct postgres *postgres, struct postgres_error *error);
/* The same as a step of a transaction. */
extern const char state_renew_sql[];
/* A step of a writing transaction: from its commit until the note is cleared, Redis may have
 * outdated rows. */
extern const char state_note_sql[];
/* Returns the new value of `settled`. A restored database has an older one. */
MUST_CHECK bool state_take_note_back(struct postgres *postgres, char settled[SETTLED_SIZE],
				     struct postgres_error *error);

#endif
