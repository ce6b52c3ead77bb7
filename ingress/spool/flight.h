/* flight.h - the in-flight log: which session has which update. A file next to the segments,
 * written before the update is sent and never synced. After a restart of ingress it says what was
 * in flight. It is complete only within one boot of the machine (see boot.h); in another, or when a
 * write failed, it proves nothing. */
#ifndef INGRESS_SPOOL_FLIGHT_H
#define INGRESS_SPOOL_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/why.h"

struct flight_entry {
	uint64_t seq;
	uint64_t session;
	size_t order; /* the order in which they were written */
};

struct flight_log {
	int directory;
	int fd;
	uint64_t bytes, limit; /* past the limit it is rewritten */
	struct buffer open;    /* not written yet */
	/* Why it was incomplete when opened; NULL: it was complete, or is by now. */
	const char *unknown_reason;
	bool complete; /* it was given everything that is in flight, from earlier runs too */
	bool noted;    /* and this is recorded, so that the next run relies on it */
};

/* Whether an update is live: others are left out when the file is rewritten. */
typedef bool flight_is_live_fn(void *owner, uint64_t seq);

/* Opens the file in `directory` (a descriptor, borrowed) and reads it: `*entries` (caller frees)
 * has the last session of each live update, sorted by seq: none with log->unknown_reason. */
MUST_CHECK bool flight_log_open(struct flight_log *log, int directory, flight_is_live_fn *is_live,
				void *owner, struct flight_entry **entries, size_t *count,
				struct why *why);
void flight_log_close(struct flight_log *log);
void flight_log_append(struct flight_log *log, uint64_t session, const uint64_t *seqs,
		       size_t count);
/* Everything that was in flight before it was opened is in it or over: the next run may rely on it.
 */
void flight_log_set_complete(struct flight_log *log);
/* Writes what was appended. What the disk has no room for is kept for the next call; until then the
 * next run must not rely on the file, and cannot. */
void flight_log_write(struct flight_log *log, flight_is_live_fn *is_live, void *owner);

#endif
