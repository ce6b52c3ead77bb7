/* cache_state.h - whether what Redis remembers of the rows is right, as far as the active recorder
 * knows.
 *
 *     TRUSTED --a commit of which Redis may not have learned--> DOUBTED
 *        ^                                                         |
 *        |   Redis is ready for the new incarnation                | the incarnation is renewed, by
 *        +-------------------------- VOID <------------------------+ a commit or by the check
 *
 * Where Redis is away the commit itself renews: TRUSTED becomes VOID at once.
 *
 * Beside it there is the note in Postgres that somebody writes (state.h): it is committed with the
 * first batch and taken back once Redis knows all that is committed. Who finds one that is not its
 * own doubts. */
#ifndef RECORDER_CACHE_STATE_H
#define RECORDER_CACHE_STATE_H

#include <stdbool.h>

enum cache_trust {
	CACHE_TRUSTED,
	CACHE_DOUBTED, /* Redis is not asked until its memory is made void */
	CACHE_VOID,    /* that is done, and Redis does not know yet */
};

/* Zeroed is that of a recorder that has just started. */
struct cache_state {
	enum cache_trust trust;
	bool noted; /* the note is in Postgres, and ours */
};

/* Whether Redis may be asked. */
bool cache_is_trusted(const struct cache_state *cache);
bool cache_is_doubted(const struct cache_state *cache);
/* Redis may know rows as they were before a commit. */
void cache_doubt(struct cache_state *cache);
/* Whether a commit of rows about which Redis could not be asked must renew the incarnation. */
bool cache_wants_renewal(const struct cache_state *cache);
/* The incarnation was renewed: nothing that Redis remembers is believed any more. */
void cache_renewed(struct cache_state *cache);
/* Redis is ready, for the incarnation that Postgres has. */
void cache_ready(struct cache_state *cache);
/* The check found a note while nothing is in hand; true when that is the reason for doubt. */
bool cache_find_note(struct cache_state *cache);
/* The connection is lost and with it the lock: another recorder may write, and leave a note. */
void cache_lock_lost(struct cache_state *cache);

#endif
