/* segment.h - the spool's segments: the files, and what is known about each. */
#ifndef INGRESS_SPOOL_SEGMENT_H
#define INGRESS_SPOOL_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/why.h"

#define SEGMENT_NAME_SIZE 16 /* "0000002a.seg" and its NUL */

struct segment {
	uint32_t number;  /* from 1, never reused */
	int fd;           /* -1: not created yet */
	uint64_t bytes;   /* allocated */
	uint64_t written; /* of those, in the file */
	uint32_t records; /* number of the next record */
	size_t live_updates, live_sightings;
	/* When the first of its bodies became obsolete (CLOCK_BOOTTIME); 0: none. */
	uint64_t dead_since_ms;
	/* Numbers of other segments whose records it holds kills for. */
	uint32_t *targets;
	size_t targets_count, targets_capacity;
	bool unlinking; /* being unlinked */
	bool unclean;   /* something live in it cannot be read, hence not copied */
};

/* Sorted by number. */
struct segments {
	struct segment **list;
	size_t count, capacity;
};

struct segment *segments_add(struct segments *segments, uint32_t number);
/* NULL when there is none. */
struct segment *segments_find(const struct segments *segments, uint32_t number);
/* Closes and frees it. */
void segments_remove(struct segments *segments, struct segment *segment);
void segments_finish(struct segments *segments);

void segment_name(uint32_t number, char out[SEGMENT_NAME_SIZE]);
/* 0 when it is not the name of a segment. */
uint32_t segment_number(const char *name);
/* Records that it holds a kill for a record in segment `target`. */
void segment_add_target(struct segment *segment, uint32_t target);
/* Whether one of its targets still exists. */
bool segment_has_targets(const struct segment *segment, const struct segments *segments);
/* Appends up to `size` bytes from `offset` to out; what the disk cannot read is zeros. */
MUST_CHECK bool segment_read(const struct segment *segment, uint64_t offset, size_t size,
			     struct buffer *out, struct why *why);

#endif
