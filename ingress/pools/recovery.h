/* recovery.h - what was in flight when the last run ended waits for the sessions that had it: each
 * until its first beat, at most one lease. What they do not claim goes out again.
 *
 * Which session had which update is known from the spool as long as the machine was not restarted
 * (flight.h). When it is not known anybody may have anything, pools on other hosts among
 * them: then everything old waits for all of these sessions, and what each says that it has, by
 * HELLO and by verdicts, becomes its own. */
#ifndef INGRESS_POOLS_RECOVERY_H
#define INGRESS_POOLS_RECOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/message.h"
#include "ingress/dispatch/dispatch.h"
#include "ingress/pools/session.h"
#include "ingress/spool/spool.h"

/* Borrowed. */
struct recovery_parts {
	struct spool *spool;
	struct dispatch *dispatch;
	struct sessions *sessions;
};

/* Zeroed is empty and ready. */
struct recovery {
	/* from the replay, until it begins */
	struct spool_update *held;
	size_t held_count, held_capacity;
	uint64_t *awaited; /* sessions */
	size_t awaited_count;
	/* from then on */
	struct recovery_parts parts;
	size_t unsettled; /* sessions that are still awaited */
	bool holds_all;
};

/* Frees what was collected. */
void recovery_finish(struct recovery *recovery);
void recovery_add(struct recovery *recovery, const struct spool_update *update);
/* The list that ledger_write_sessions() wrote; damaged input gives what is whole. */
void recovery_set_sessions(struct recovery *recovery, const void *value, size_t size);
/* Opens a place for each awaited session and puts all where it belongs. */
void recovery_begin(struct recovery *recovery, const struct recovery_parts *parts, uint64_t loop_ms,
		    uint64_t utc_ms);

/* HELLO says what the session has. False when something of it is another's: the session must end.
 */
MUST_CHECK bool recovery_claim(struct recovery *recovery, const struct session *session,
			       const struct message_pool_hello *hello);
/* So does a verdict that follows. */
void recovery_claim_one(struct recovery *recovery, const struct session *session, uint64_t seq);
/* The session has said all that it has, or is over. */
void recovery_settle(struct recovery *recovery, struct session *session);

#endif
