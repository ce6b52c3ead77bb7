#include "simulator/watchers.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "simulator/sim.h"

struct watcher {
	LIST_ENTRY(watcher) link;
	struct sim *sim;
	struct exchange *exchange;
	uint64_t since;
	char *filter;
	struct loop_timer timer;
	watcher_fn *fn;
};

static void release(struct watcher *watcher)
{
	struct sim *sim = watcher->sim;

	LIST_REMOVE(watcher, link);
	loop_timer_clear(sim->loop, &watcher->timer);
	free(watcher->filter);
	free(watcher);
}

static void on_due(void *owner)
{
	struct watcher *watcher = owner;

	exchange_on_gone(watcher->exchange, NULL, NULL);
	watcher->fn(watcher->sim, watcher->exchange, watcher->since, watcher->filter);
	release(watcher);
}

static void on_gone(void *owner, struct exchange *exchange)
{
	(void)exchange;
	release(owner);
}

void watcher_add(struct sim *sim, struct exchange *exchange, uint64_t since, const char *filter,
		 uint64_t wait_ms, watcher_fn *fn)
{
	struct watcher *watcher = xmalloc(sizeof(*watcher));

	watcher->sim = sim;
	watcher->exchange = exchange;
	watcher->since = since;
	watcher->filter = xstrdup(filter);
	watcher->fn = fn;
	watcher->timer = (struct loop_timer) { .fn = on_due, .owner = watcher };
	LIST_INSERT_HEAD(&sim->watchers.list, watcher, link);
	exchange_on_gone(exchange, on_gone, watcher);
	loop_timer_set(sim->loop, &watcher->timer, wait_ms);
}

/* Answers at the end of the turn: more may come in with this one. */
void watchers_wake(struct sim *sim)
{
	for (struct watcher *watcher = LIST_FIRST(&sim->watchers.list); watcher;
	     watcher = LIST_NEXT(watcher, link))
		loop_timer_set(sim->loop, &watcher->timer, 0);
}

void watchers_finish(struct watchers *watchers)
{
	while (!LIST_EMPTY(&watchers->list))
		release(LIST_FIRST(&watchers->list));
}
