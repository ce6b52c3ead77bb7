/* segment.c - the sorted list of segments, and reading and naming their files. */
#include "ingress/spool/segment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/xalloc.h"

/* --- the list --------------------------------------------------------------------------------- */

/* The position of the first segment with a number of at least `number`. */
static size_t search(const struct segments *segments, uint32_t number)
{
	size_t low = 0, high = segments->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (segments->list[middle]->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct segment *segments_add(struct segments *segments, uint32_t number)
{
	size_t at = search(segments, number);
	struct segment *segment = xmalloc(sizeof(*segment));

	segment->number = number;
	segment->fd = -1;
	array_reserve(segments->list, &segments->capacity, segments->count + 1);
	memmove(segments->list + at + 1, segments->list + at,
		(segments->count - at) * sizeof(*segments->list));
	segments->list[at] = segment;
	segments->count++;
	return segment;
}

struct segment *segments_find(const struct segments *segments, uint32_t number)
{
	size_t at = search(segments, number);

	if (at == segments->count || segments->list[at]->number != number)
		return NULL;
	return segments->list[at];
}

static void segment_destroy(struct segment *segment)
{
	if (segment->fd >= 0)
		close(segment->fd);
	free(segment->targets);
	free(segment);
}

void segments_remove(struct segments *segments, struct segment *segment)
{
	size_t at = search(segments, segment->number);

	segments->count--;
	memmove(segments->list + at, segments->list + at + 1,
		(segments->count - at) * sizeof(*segments->list));
	segment_destroy(segment);
}

void segments_finish(struct segments *segments)
{
	for (size_t i = 0; i < segments->count; i++)
		segment_destroy(segments->list[i]);
	free(segments->list);
	*segments = (struct segments) { 0 };
}

/* --- one segment ------------------------------------------------------------------------------ */

void segment_name(uint32_t number, char out[SEGMENT_NAME_SIZE])
{
	snprintf(out, SEGMENT_NAME_SIZE, "%08x.seg", number);
}

uint32_t segment_number(const char *name)
{
	char again[SEGMENT_NAME_SIZE];
	unsigned number;

	if (sscanf(name, "%8x", &number) != 1)
		return 0;
	segment_name(number, again);
	return strcmp(name, again) ? 0 : number;
}

void segment_add_target(struct segment *segment, uint32_t target)
{
	if (target == segment->number)
		return;
	/* Kills come in runs with the same target. */
	for (size_t i = segment->targets_count; i-- > 0;)
		if (segment->targets[i] == target)
			return;
	array_reserve(segment->targets, &segment->targets_capacity, segment->targets_count + 1);
	segment->targets[segment->targets_count++] = target;
}

bool segment_has_targets(const struct segment *segment, const struct segments *segments)
{
	for (size_t i = 0; i < segment->targets_count; i++)
		if (segments_find(segments, segment->targets[i]))
			return true;
	return false;
}

/* Bytes skipped around what the disk cannot read. */
#define UNREADABLE_BLOCK 4096u

bool segment_read(const struct segment *segment, uint64_t offset, size_t size, struct buffer *out,
		  struct why *why)
{
	uint8_t *into = buffer_reserve(out, size);
	size_t done = 0;

	while (done < size) {
		ssize_t got = pread(segment->fd, into + done, size - done, (off_t)(offset + done));

		if (got == 0)
			break;
		if (got > 0) {
			done += (size_t)got;
		} else if (errno == EIO) {
			size_t block = size - done < UNREADABLE_BLOCK ? size - done
								      : UNREADABLE_BLOCK;

			memset(into + done, 0, block);
			done += block;
		} else if (errno != EINTR) {
			return why_set(why, "cannot read segment %08x: %s", segment->number,
				       strerror(errno));
		}
	}
	buffer_commit(out, done);
	return true;
}
