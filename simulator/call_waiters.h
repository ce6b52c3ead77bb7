/* call_waiters.h - control requests that wait until the bot has called something. */
#ifndef SIMULATOR_CALL_WAITERS_H
#define SIMULATOR_CALL_WAITERS_H

#include <stdint.h>

struct sim;
struct exchange;
struct call_waiters;

struct call_waiters *call_waiters_create(void);
void call_waiters_destroy(struct call_waiters *waiters);

/* Calls `fn` when the bot makes its next call or the time is over, whichever is first; never
 * if the client goes away. */
typedef void call_waiter_fn(struct sim *sim, struct exchange *exchange, uint64_t since,
			    const char *filter);
void call_waiters_add(struct sim *sim, struct exchange *exchange, uint64_t since,
		      const char *filter, uint64_t wait_ms, call_waiter_fn *fn);
/* The bot called something. */
void call_waiters_wake(struct sim *sim);

#endif
