/* health.h - the HTTP endpoints of a process: /healthz, /readyz, /metrics, /status.
 *
 * Served in a thread of its own (http_server.h) from a snapshot under a mutex, so that a scrape
 * never holds up the loop. GET and HEAD only, bounded requests and connections. A second thread
 * watches the loop. Start it after forking. */
#ifndef COMMON_HEALTH_H
#define COMMON_HEALTH_H

#include <stdbool.h>

#include "common/loop.h"
#include "common/why.h"

struct health;

/* Of the watch over the loop. */
struct health_limits {
	unsigned look_ms;  /* from one look at the loop's turns to the next */
	unsigned stale_ms; /* without a turn: /healthz says so */
	unsigned abort_ms; /* without a turn: the process ends */
};

/* Of all our programs: a look each second, stale after 10 s, the end after 30 s. */
extern const struct health_limits health_default_limits;

/* Listens on HOST:PORT (port 0 picks one). NULL and a reason on failure. */
struct health *health_start(const char *process, const char *listen,
			    const struct health_limits *limits, struct why *why);
void health_stop(struct health *health);
int health_port(const struct health *health);

/* /healthz is 200 while the loop turned within the last stale_ms. A loop that has not turned for
 * abort_ms ends the process by SIGABRT to the calling thread, so that the crash capture shows where
 * it hangs. Time in which the whole process was stopped or suspended does not count; neither does
 * the time before the first turn. NULL ends the watch: before loop_destroy(), and before a shutdown
 * that may take long. */
void health_watch_loop(struct health *health, const struct loop *loop);
/* The same for a thread without a loop: it must call this at least every 5 s. */
void health_turn(struct health *health);

/* Names a dependency and its state; /readyz is 200 when all that are `needed` are ready, and 503
 * before the first is named. `state` is a short text without secrets ("connected", "refused: …"),
 * copied. */
void health_dependency(struct health *health, const char *name, bool needed, bool ready,
		       const char *state);
/* The JSON object that /status answers, copied. Without one /status answers 404. */
void health_status(struct health *health, const char *json, size_t size);

#endif
