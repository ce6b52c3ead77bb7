/* spool_flight.h - which session has which update: a file beside the segments, written at once and
 * never synced. It says after a restart of ingress what was in flight; when the machine fails it
 * may be lost, and with it the pools of this machine. */
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
};

/* Tells whether an update is live: what is not is left out when the file is written anew. */
typedef bool flight_is_live_fn(void *owner, uint64_t seq);

/* Opens the file in `directory` (a descriptor, borrowed) and reads it: `*entries` (to be freed) has
 * the last session of each live update, sorted by seq. A damaged rest is left out. */
MUST_CHECK bool flight_log_open(struct flight_log *log, int directory, flight_is_live_fn *is_live,
				void *owner, struct flight_entry **entries, size_t *count,
				struct why *why);
void flight_log_close(struct flight_log *log);
void flight_log_append(struct flight_log *log, uint64_t session, const uint64_t *seqs,
		       size_t count);
/* Writes what was appended. A failure leaves it out: then an update may be handled twice after a
 * restart, which at-least-once allows. */
void flight_log_write(struct flight_log *log, flight_is_live_fn *is_live, void *owner);

#endif
