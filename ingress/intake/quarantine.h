/* quarantine.h - malformed updates, kept for inspection: the raw bytes, for at most 24 hours and at
 * most 100 of them (PRIVACY.md), the oldest dropped first. One 0600 file each, in a 0700 directory.
 */
#ifndef INGRESS_INTAKE_QUARANTINE_H
#define INGRESS_INTAKE_QUARANTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/why.h"

#define QUARANTINE_MAX 100
#define QUARANTINE_KEEP_S 86400
#define QUARANTINE_REASON_SIZE 128

struct quarantine_piece {
	uint64_t number;    /* identifies it; never reused */
	int64_t update_id;  /* 0: not even the id could be read */
	int64_t received_s; /* UTC */
	size_t size;
	char reason[QUARANTINE_REASON_SIZE];
};

struct quarantine;

/* Loads what is there. Returns NULL with a reason when the directory is unusable. */
struct quarantine *quarantine_open(const char *directory, int64_t now_s, struct why *why);
void quarantine_close(struct quarantine *quarantine);
/* Durable when it returns true; what is there already is not kept twice. `reason` is one line. */
MUST_CHECK bool quarantine_add(struct quarantine *quarantine, int64_t update_id, const void *raw,
			       size_t size, const char *reason, int64_t now_s, struct why *why);
/* Deletes what is older than 24 h; for a timer. */
void quarantine_expire(struct quarantine *quarantine, int64_t now_s);
/* Oldest first; valid until the next change. */
const struct quarantine_piece *quarantine_list(const struct quarantine *quarantine, size_t *count);
/* Appends the raw bytes to out. */
MUST_CHECK bool quarantine_read(const struct quarantine *quarantine, uint64_t number,
				struct buffer *out, struct why *why);
/* False when there is none with that number. */
bool quarantine_drop(struct quarantine *quarantine, uint64_t number);

#endif
