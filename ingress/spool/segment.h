/* segment.h - the segments of the spool: files, and what is known of each. */
#ifndef INGRESS_SPOOL_SEGMENT_H
#define INGRESS_SPOOL_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/why.h"

#define SEGMENT_NAME_SIZE 16 /* "0000002a.seg" and its NUL */

struct segment {
	uint32_t number;  /* from 1, never used twice */
	int fd;           /* -1: not made yet */
	uint64_t bytes;   /* given out */
	uint64_t written; /* of which are in the file */
	uint32_t records; /* number of the next record */
	size_t live_updates, live_sightings;
	/* When the first body in it that is not needed any more died (CLOCK_BOOTTIME); 0: none. */
	uint64_t dead_since_ms;
	/* Numbers of other segments for whose records it holds kills. */
	uint32_t *targets;
	size_t targets_count, targets_capacity;
	bool leaving; /* its unlink is on its way */
	bool unclean; /* something live in it cannot be read and so not be copied */
};

/* In the order of their numbers. */
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
/* Notes that it holds a kill for a record in segment `target`. */
void segment_add_target(struct segment *segment, uint32_t target);
/* Whether one of its targets is still there. */
bool segment_has_targets(const struct segment *segment, const struct segments *segments);
/* Reads up to `size` bytes from `offset`; what the disk cannot read is zeros. Appends to out. */
MUST_CHECK bool segment_read(const struct segment *segment, uint64_t offset, size_t size,
			     struct buffer *out, struct why *why);

#endif
