/* flight.h - which session has which update: a file beside the segments, written before the
 * update leaves and never synced. It says after a restart of ingress what was in flight. Only
 * within one boot of the machine is all there that was written (see boot.h); in another one,
 * or when a note could not be written, what it says proves nothing. */
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
	size_t order; /* in which they were written */
};

struct flight_log {
	int directory;
	int fd;
	uint64_t bytes, limit; /* past the limit it is written anew */
	struct buffer open;    /* not written yet */
	const char *doubt; /* why it did not say all at its opening; NULL: it did, or is complete */
	bool complete;     /* it was given all that is in flight, of earlier runs too */
	bool noted;        /* and that is noted, so that the next run relies on it */
};

/* Tells whether an update is live: what is not is left out when the file is written anew. */
typedef bool flight_is_live_fn(void *owner, uint64_t seq);

/* Opens the file in `directory` (a descriptor, borrowed) and reads it: `*entries` (to be freed) has
 * the last session of each live update, sorted by seq. With log->doubt there are none. */
MUST_CHECK bool flight_log_open(struct flight_log *log, int directory, flight_is_live_fn *is_live,
				void *owner, struct flight_entry **entries, size_t *count,
				struct why *why);
void flight_log_close(struct flight_log *log);
void flight_log_append(struct flight_log *log, uint64_t session, const uint64_t *seqs,
		       size_t count);
/* All that was in flight before it was opened is in it or over: the next run may rely on it. */
void flight_log_set_complete(struct flight_log *log);
/* Writes what was appended. What the disk has no room for is kept for the next time; until then the
 * next run must not rely on the file, and cannot. */
void flight_log_write(struct flight_log *log, flight_is_live_fn *is_live, void *owner);

#endif
