/* recovery.h - updates in flight when the last run ended wait for the sessions that had them: each
 * until its first beat, at most one lease. What is not claimed is dispatched again.
 *
 * The spool knows which session had which update unless the machine was restarted (flight.h). If it
 * does not, any session, also on another host, may have any update: then all old updates wait for
 * all these sessions, and each session gets what it claims by HELLO and by verdicts. */
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

/* A zeroed struct is empty and ready. */
struct recovery {
	/* during the replay */
	struct spool_update *collected;
	size_t collected_count, collected_capacity;
	uint64_t *awaited; /* sessions */
	size_t awaited_count;
	/* from then on */
	struct recovery_parts parts;
	size_t still_awaited; /* sessions that are still awaited */
	bool holds_all;
};

/* Frees what was collected. */
void recovery_finish(struct recovery *recovery);
void recovery_add(struct recovery *recovery, const struct spool_update *update);
/* The list that ledger_write_sessions() wrote; of damaged input, the intact part. */
void recovery_set_sessions(struct recovery *recovery, const void *value, size_t size);
/* Creates each awaited session and assigns or holds all that was collected. */
void recovery_begin(struct recovery *recovery, const struct recovery_parts *parts, uint64_t loop_ms,
		    uint64_t utc_ms);

/* HELLO says what the session has. False when another session has part of it: this one must end. */
MUST_CHECK bool recovery_claim(struct recovery *recovery, const struct session *session,
			       const struct message_pool_hello *hello);
/* A verdict after HELLO is a claim, too. */
void recovery_claim_one(struct recovery *recovery, const struct session *session, uint64_t seq);
/* The session has reported everything that it has, or is over. */
void recovery_stop_awaiting(struct recovery *recovery, struct session *session);

#endif
