/* watchers.h - control requests that wait until the bot has called something. */
#ifndef SIMULATOR_WATCHERS_H
#define SIMULATOR_WATCHERS_H

#include <stdint.h>
#include <sys/queue.h>

struct sim;
struct exchange;
struct watcher;

struct watchers {
	LIST_HEAD(watcher_list, watcher) list;
};

/* Calls `fn` when the bot makes its next call or the time is over, whichever is first; not at all
 * when the client goes away. */
typedef void watcher_fn(struct sim *sim, struct exchange *exchange, uint64_t since,
			const char *filter);
void watcher_add(struct sim *sim, struct exchange *exchange, uint64_t since, const char *filter,
		 uint64_t wait_ms, watcher_fn *fn);
/* The bot called something. */
void watchers_wake(struct sim *sim);
void watchers_finish(struct watchers *watchers);

#endif
