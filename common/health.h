/* health.h - the HTTP endpoints of a process: /healthz, /readyz, /metrics, /status.
 *
 * Served in its own thread (http_server.h) from a snapshot under a mutex, so that a scrape never
 * delays the loop. GET and HEAD only, with bounded requests and connections. A second thread
 * watches the loop. Start it after forking. */
#ifndef COMMON_HEALTH_H
#define COMMON_HEALTH_H

#include <stdbool.h>

#include "common/loop.h"
#include "common/why.h"

struct health;

/* Limits of the loop's watchdog. */
struct health_limits {
	unsigned look_ms;  /* between two checks of the loop's turns */
	unsigned stale_ms; /* without a turn: /healthz reports it */
	unsigned abort_ms; /* without a turn: the process is aborted */
};

/* The default: a check each second, stale after 10 s, aborted after 30 s. */
extern const struct health_limits health_default_limits;

/* Listens on HOST:PORT (port 0 picks one). Returns NULL with a reason on failure. */
struct health *health_start(const char *process, const char *listen,
			    const struct health_limits *limits, struct why *why);
void health_stop(struct health *health);
int health_port(const struct health *health);

/* /healthz is 200 while the loop has turned within the last stale_ms. A loop that has not turned
 * for abort_ms ends the process by SIGABRT to the calling thread, so that the crash capture shows
 * where it hangs. Time during which the whole process was stopped or suspended does not count, nor
 * does the time before the first turn. NULL stops the watch: before loop_destroy(), and before a
 * shutdown that may take long. */
void health_watch_loop(struct health *health, struct loop *loop);
/* The same for a thread without a loop: it must call this at least every 5 s. */
void health_turn(struct health *health);

/* Sets the state of a named dependency. /readyz is 200 when all that are `needed` are ready, and
 * 503 before the first is named. `state` is a short text without secrets ("connected", "refused:
 * …"), copied. */
void health_dependency(struct health *health, const char *name, bool needed, bool ready,
		       const char *state);
/* The JSON object of /status, copied. Without one /status answers 404. */
void health_status(struct health *health, const char *json, size_t size);

#endif
