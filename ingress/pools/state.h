/* state.h - all that the side of ingress that faces the pools has, and what happens to a session.
 */
#ifndef INGRESS_POOLS_STATE_H
#define INGRESS_POOLS_STATE_H

#include "common/arena.h"
#include "common/buffer.h"
#include "common/coalesce.h"
#include "common/log_limit.h"
#include "common/loop.h"
#include "common/strikes.h"
#include "common/zlink.h"
#include "ingress/dispatch/cooldown.h"
#include "ingress/dispatch/joins.h"
#include "ingress/pools/delivery.h"
#include "ingress/pools/ledger.h"
#include "ingress/pools/put_off.h"
#include "ingress/pools/recovery.h"
#include "ingress/pools/session.h"

struct pools {
	struct loop *loop;
	struct spool *spool;
	struct zlink *link;
	struct dispatch *dispatch;
	struct put_off put_off;
	struct ledger *ledger;
	struct delivery *delivery;
	struct sessions sessions;
	bool sessions_changed; /* since they were written */
	struct strikes strikes;
	struct log_limit malformed, protocol_errors;
	struct joins joins;
	struct cooldowns cooldowns;
	struct loop_timer cooldowns_timer; /* fires when the next one ends */
	uint64_t epoch;
	uint32_t kinds;
	void (*kinds_fn)(void *owner, uint32_t kinds);
	void *kinds_owner;
	void (*migrated_fn)(void *owner, int64_t from, int64_t to);
	void *migrated_owner;
	void (*drained_fn)(void *owner);
	void *drained_owner;
	bool draining;
	struct loop_timer tick;
	uint64_t tick_ms;
	struct coalesce coalesce;
	struct arena arena;
	struct buffer frame;
	struct recovery recovery;
};

struct session_ref pools_session_ref(const struct pools *pools, const struct session *session);
/* After a change of what the session may be given. */
void pools_update_credit(struct pools *pools, const struct session *session);
/* After a change of who is there: the kinds of updates that all of them want. */
void pools_update_kinds(struct pools *pools);
/* Gives back what it has; `lost`: it did not say goodbye. `how` is for the log. */
void pools_end_session(struct pools *pools, struct session *session, bool lost, const char *how);
/* At the first beat after WELCOME: whatever was sent but is neither claimed nor in a verdict was
 * lost with a connection, or with the last run. */
void pools_sync_session(struct pools *pools, struct session *session);
/* Sends pools->frame, and clears it. */
void pools_send(struct pools *pools, const struct zpeer *peer);

#endif
