/* store.h - captures and reports on disk, from the moment a sender may forget them until Logfire
 * has accepted them or they expire. One file each, 0600, checksummed, synced. */
#ifndef CRASHD_STORE_H
#define CRASHD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/trace.h"
#include "common/why.h"

enum store_kind {
	STORE_CAPTURE, /* as received, with stack */
	STORE_REPORT,  /* symbolized, without stack */
};

/* Never more than this on disk; to make room, the oldest report with a newer one of its group goes
 * first. */
#define STORE_BYTES_MAX (512ull << 20)

struct store;

struct store_entry {
	struct trace_id id;
	enum store_kind kind;
	int64_t stored_at; /* UTC seconds */
	uint64_t group;    /* the same for the same fault; captures: 0 */
	uint32_t size;
	uint8_t claimed; /* a bit per destination that claimed it */
	uint8_t finished;
};

/* A report may go to several destinations, and leaves when all are finished. */
#define STORE_DESTINATIONS_MAX 8u

/* Opens DIRECTORY (created when missing) and indexes what an earlier run left. Torn files are
 * removed and counted in *torn. NULL and a reason when the directory cannot be used. */
struct store *crash_store_open(const char *directory, size_t *torn, struct why *why);
void crash_store_close(struct store *store);

/* Durable when it returns true. A report replaces the capture with the same id. */
MUST_CHECK bool crash_store_put(struct store *store, enum store_kind kind,
				const struct trace_id *id, uint64_t group, const void *bytes,
				size_t size, struct why *why);
bool crash_store_has(const struct store *store, const struct trace_id *id);
/* The bytes of an entry. */
MUST_CHECK bool crash_store_read(const struct store *store, enum store_kind kind,
				 const struct trace_id *id, struct buffer *out, struct why *why);
void crash_store_remove(struct store *store, enum store_kind kind, const struct trace_id *id);

/* Claims the oldest entry for this destination that it has not claimed and that is not older than
 * `since`; false when there is none. */
MUST_CHECK bool crash_store_claim(struct store *store, enum store_kind kind, unsigned destination,
				  int64_t since, struct store_entry *out);
void crash_store_unclaim(struct store *store, enum store_kind kind, unsigned destination,
			 const struct trace_id *id);
/* Marks a claimed report as finished for this destination; true when it is for all
 * `destinations`. */
MUST_CHECK bool crash_store_finish(struct store *store, const struct trace_id *id,
				   unsigned destination, unsigned destinations);

/* Removes what was stored before `before` (UTC seconds); returns how many. */
size_t crash_store_expire(struct store *store, int64_t before);
size_t crash_store_count(const struct store *store, enum store_kind kind);
/* Reports that had to go because the disk was full. */
uint64_t crash_store_evicted(const struct store *store);

#endif
