/* ledger.h - what became of updates that were in hand: the one place where the dispatcher and the
 * spool change together.
 *
 * Verdicts take effect in memory at once and are confirmed to the pool once the spool has them.
 * What comes back (ended, returned) goes to its lane only after that confirmation was sent: the
 * pool gives back everything of the lane until then (see message.h, enum verdict_step). */
#ifndef INGRESS_POOLS_LEDGER_H
#define INGRESS_POOLS_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"
#include "common/message.h"
#include "ingress/dispatch/dispatch.h"
#include "ingress/spool/spool.h"

/* A session lost this often with an update in hand makes it an incident. */
#define LOST_SESSIONS_MAX 10

/* Who gave a verdict: a session by its place and its number, for places are used again. */
struct giver {
	unsigned consumer;
	uint64_t session;
};

/* Verdicts of `giver` up to `number` are in the spool. */
typedef void ledger_stored_fn(void *owner, struct giver giver, uint64_t number);

struct ledger_options {
	struct loop *loop;
	struct spool *spool;
	struct dispatch *dispatch;
	int64_t max_attempts;
	ledger_stored_fn *stored;
	void *owner;
};

struct ledger;

struct ledger *ledger_create(const struct ledger_options *options);
void ledger_destroy(struct ledger *ledger);

/* Applies one verdict; false when the update is not in the giver's hand (then nothing is done, and
 * the verdict may be confirmed like the others). */
bool ledger_apply(struct ledger *ledger, struct giver giver, const struct message_verdict *verdict);
/* `stored` will be called for this number, after all that was applied before. */
void ledger_confirm(struct ledger *ledger, struct giver giver, uint64_t number);

/* The session ended: what it was to be told, and what of its updates was to come back, is void. */
void ledger_forget(struct ledger *ledger, uint64_t session);
/* The session ended with it in hand: goes back to its lane at once. `lost`: counts. */
void ledger_give_back(struct ledger *ledger, struct work *work, bool lost);
/* Passed over for good, with its reason counted by the caller. */
void ledger_drop(struct ledger *ledger, struct work *work);
/* The sessions that a restart must wait for. Durable at the next ledger_confirm()'s `stored`. */
void ledger_write_sessions(struct ledger *ledger, const uint64_t *sessions, size_t count);

/* Writes what collected; called at the end of each turn. One write is on its way at a time, and
 * updates that are done collect for a few milliseconds. */
void ledger_flush(struct ledger *ledger);
/* Nothing collected and nothing on its way. */
bool ledger_is_idle(const struct ledger *ledger);

#endif
