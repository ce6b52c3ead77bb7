/* ledger.h - records what became of updates in flight: the one place, with put_off.h, where the
 * dispatcher and the spool change together.
 *
 * Verdicts take effect in memory at once and are confirmed to the pool once the spool has them.
 * What comes back (ENDED, RETURNED) goes to its lane only after that confirmation was sent: until
 * then the pool returns everything of the lane (see message.h, enum verdict_step). */
#ifndef INGRESS_POOLS_LEDGER_H
#define INGRESS_POOLS_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"
#include "common/message.h"
#include "ingress/dispatch/dispatch.h"
#include "ingress/pools/put_off.h"
#include "ingress/spool/spool.h"

/* An update that was in flight when its session was lost becomes an incident after this many
 * losses. */
#define LOST_SESSIONS_MAX 10

/* Who gave a verdict: a session's index and its id, because indexes are reused. */
struct session_ref {
	unsigned consumer;
	uint64_t session;
};

/* Verdicts of `from` up to `number` are in the spool. */
typedef void ledger_stored_fn(void *owner, struct session_ref from, uint64_t number);

struct ledger_options {
	struct loop *loop;
	struct spool *spool;
	struct dispatch *dispatch;
	struct put_off *put_off;
	int64_t max_attempts;
	ledger_stored_fn *stored;
	void *owner;
};

struct ledger;

struct ledger *ledger_create(const struct ledger_options *options);
void ledger_destroy(struct ledger *ledger);

/* Applies one verdict. False when the update is not in flight at `from`: then nothing is done,
 * and the verdict may be confirmed like the others. */
bool ledger_apply(struct ledger *ledger, struct session_ref from,
		  const struct message_verdict *verdict);
/* `stored` will be called with this number, once everything applied before is stored. */
void ledger_confirm(struct ledger *ledger, struct session_ref from, uint64_t number);

/* The session ended: drops its pending confirmations and returns. */
void ledger_forget(struct ledger *ledger, uint64_t session);
/* The session ended while it was in flight: returns it to its lane at once. `lost`: counts. */
void ledger_return(struct ledger *ledger, struct live_update *work, bool lost);
/* Skipped permanently; the caller has counted the reason. */
void ledger_drop(struct ledger *ledger, struct live_update *work);
/* Writes the list of sessions that a restart must wait for. Durable at the next ledger_confirm()'s
 * `stored`. */
void ledger_write_sessions(struct ledger *ledger, const uint64_t *sessions, size_t count);

/* What waits for a person, or in a chat, is dropped, durably with the next ledger_flush(); `stored`
 * is not called for it. */
void ledger_forget_subject(struct ledger *ledger, bool is_chat, int64_t id);
/* What waits in a group waits in the supergroup that it became. */
void ledger_move(struct ledger *ledger, int64_t from, int64_t to);
/* Whether another session had the update's lane a moment ago: lane_moves.h. */
bool ledger_has_moved(const struct ledger *ledger, const struct live_update *work);
/* Called about once a second. */
void ledger_tend(struct ledger *ledger);
/* Work with a seq of this or above is not in the spool yet, and must not go out. */
uint64_t ledger_durable(const struct ledger *ledger);

/* Writes what was collected; called at the end of each turn. One write is in progress at a time,
 * and updates that are done are collected for a few milliseconds. */
void ledger_flush(struct ledger *ledger);
/* Nothing is collected or being written. */
bool ledger_is_idle(const struct ledger *ledger);

#endif
