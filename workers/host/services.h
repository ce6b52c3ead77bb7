/* services.h - what the host needs from its environment: a child's loop, or a test. */
#ifndef WORKERS_HOST_SERVICES_H
#define WORKERS_HOST_SERVICES_H

#include "common/arena.h"
#include "workers/storage/storage.h"
#include "workers/wire/call.h"
#include "workers/wire/fetch.h"

struct route;

struct host_services {
	void *owner;
	/* Makes a call at once and waits for its result, which lives in the arena of the update.
	 * The time spent here does not count against the handler. */
	void (*call)(void *owner, const struct call *call, struct arena *arena,
		     struct call_result *out);
	/* The same for a request to another host (fetch.h). */
	void (*fetch)(void *owner, const struct fetch_request *request, struct arena *arena,
		      struct fetch_answer *out);
	/* The lane of the current update may go on (long work). */
	void (*release)(void *owner);
	/* Shows this chat action while the handler runs, if that takes a while. NULL: nobody
	 * would see it. */
	void (*typing)(void *owner, const struct call *call);
	/* Each call is compared with the table of the Bot API before it is made: known_call.h. */
	bool checks_calls;
	/* For tests: this route's handler is about to run. NULL: nobody wants to know. */
	void (*running)(void *owner, const struct route *route);
	/* Where settings and short-lived values are stored. */
	const struct storage *storage;
	void *storage_owner;
};

#endif
