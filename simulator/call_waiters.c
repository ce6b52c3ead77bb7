#include "simulator/call_waiters.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "common/xalloc.h"
#include "simulator/sim.h"

struct call_waiter {
	LIST_ENTRY(call_waiter) link;
	struct sim *sim;
	struct exchange *exchange;
	uint64_t since;
	char *filter;
	struct loop_timer timer;
	call_waiter_fn *fn;
};

struct call_waiters {
	LIST_HEAD(call_waiter_list, call_waiter) list;
};

static void release(struct call_waiter *waiter)
{
	struct sim *sim = waiter->sim;

	LIST_REMOVE(waiter, link);
	loop_timer_clear(sim->loop, &waiter->timer);
	free(waiter->filter);
	free(waiter);
}

struct call_waiters *call_waiters_create(void)
{
	return xmalloc(sizeof(struct call_waiters));
}

void call_waiters_destroy(struct call_waiters *waiters)
{
	if (!waiters)
		return;
	while (!LIST_EMPTY(&waiters->list))
		release(LIST_FIRST(&waiters->list));
	free(waiters);
}

static void on_due(void *owner)
{
	struct call_waiter *waiter = owner;

	exchange_on_gone(waiter->exchange, NULL, NULL);
	waiter->fn(waiter->sim, waiter->exchange, waiter->since, waiter->filter);
	release(waiter);
}

static void on_gone(void *owner, struct exchange *exchange)
{
	(void)exchange;
	release(owner);
}

void call_waiters_add(struct sim *sim, struct exchange *exchange, uint64_t since,
		      const char *filter, uint64_t wait_ms, call_waiter_fn *fn)
{
	struct call_waiter *waiter = xmalloc(sizeof(*waiter));

	waiter->sim = sim;
	waiter->exchange = exchange;
	waiter->since = since;
	waiter->filter = xstrdup(filter);
	waiter->fn = fn;
	waiter->timer = (struct loop_timer) { .fn = on_due, .owner = waiter };
	LIST_INSERT_HEAD(&sim->call_waiters->list, waiter, link);
	exchange_on_gone(exchange, on_gone, waiter);
	loop_timer_set(sim->loop, &waiter->timer, wait_ms);
}

/* Answers at the end of the turn: more may come in with this one. */
void call_waiters_wake(struct sim *sim)
{
	struct call_waiter *waiter;

	for (waiter = LIST_FIRST(&sim->call_waiters->list); waiter;
	     waiter = LIST_NEXT(waiter, link))
		loop_timer_set(sim->loop, &waiter->timer, 0);
}
