/* long_poll.h - getUpdates: Telegram's rules for repeated, waiting and competing calls. */
#ifndef SIMULATOR_LONG_POLL_H
#define SIMULATOR_LONG_POLL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"
#include "simulator/call.h"
#include "simulator/faults.h"

struct sim;
struct exchange;

#define POLL_TIMEOUT_MAX_S 50
#define POLL_ANSWER_MAX (4 << 20)

struct long_poll {
	struct exchange *waiting; /* NULL: nobody */
	int32_t offset;
	int64_t limit;
	struct fault fault; /* that hits the answer */
	bool woken;
	uint64_t hard_due_ms;
	struct loop_timer timer;
	bool has_previous;
	int32_t previous_offset;
	uint64_t previous_start_ms;
	uint64_t next_conflict_ms;
	uint64_t polls;
	uint64_t conflicts;
};

struct long_poll *long_poll_create(struct sim *sim);
/* sim.long_poll; nobody may be waiting. */
void long_poll_destroy(struct sim *sim);
method_fn method_get_updates;
/* There is a new update. */
void long_poll_wakeup(struct sim *sim);
/* Ends the waiting poll with a 409 of this text. */
void long_poll_abort(struct sim *sim, const char *description);
/* The token is revoked: ends the waiting poll with a 401. */
void long_poll_revoke(struct sim *sim);

#endif
