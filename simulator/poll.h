/* poll.h - getUpdates: Telegram's rules for repeats, waiting and rivals. */
#ifndef SIMULATOR_POLL_H
#define SIMULATOR_POLL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"
#include "simulator/faults.h"

struct sim;
struct call;
struct exchange;
struct buffer;

#define POLL_TIMEOUT_MAX_S 50
#define POLL_ANSWER_MAX (4 << 20)

struct poll {
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
	uint64_t last_poll_ms; /* loop time */
};

void poll_init(struct sim *sim);
/* There is a new update. */
void poll_wakeup(struct sim *sim);
/* Ends the waiting poll with a 409 of this text. */
void poll_abort(struct sim *sim, const char *description);
/* The token is revoked: ends the waiting poll with a 401. */
void poll_revoke(struct sim *sim);
/* Answers 409: at once, or 3 s late when the last one was less than 3 s ago. */
void poll_conflict(struct sim *sim, struct exchange *exchange, const char *description);

#endif
