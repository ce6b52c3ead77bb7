/* due.c - the binary heap of waiting work, earliest due time first. */
#include "ingress/dispatch/due.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/xalloc.h"

void due_finish(struct due *due)
{
	free(due->heap);
	free(due->places);
	*due = (struct due) { 0 };
}

static bool before(const struct due_entry *a, const struct due_entry *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->seq < b->seq;
}

static void place(struct due *due, size_t at, struct due_entry entry)
{
	due->heap[at] = entry;
	due->places[entry.work] = (uint32_t)at;
}

/* Puts `entry` at `at` or above, moving down what comes later. */
static void sift_up(struct due *due, size_t at, struct due_entry entry)
{
	for (; at > 0 && before(&entry, &due->heap[(at - 1) / 2]); at = (at - 1) / 2)
		place(due, at, due->heap[(at - 1) / 2]);
	place(due, at, entry);
}

void due_add(struct due *due, struct due_entry entry)
{
	array_reserve(due->heap, &due->capacity, due->count + 1);
	array_reserve(due->places, &due->places_capacity, (size_t)entry.work + 1);
	sift_up(due, due->count++, entry);
}

/* Removes the entry at index `at`. */
static struct due_entry take_at(struct due *due, size_t at)
{
	struct due_entry taken = due->heap[at], last = due->heap[--due->count];

	if (at == due->count)
		return taken;
	for (size_t child = 2 * at + 1; child < due->count; child = 2 * at + 1) {
		if (child + 1 < due->count && before(&due->heap[child + 1], &due->heap[child]))
			child++;
		if (!before(&due->heap[child], &last))
			break;
		place(due, at, due->heap[child]);
		at = child;
	}
	sift_up(due, at, last);
	return taken;
}

bool due_take(struct due *due, uint64_t now_ms, struct due_entry *out)
{
	if (due->count == 0 || due->heap[0].due_ms > now_ms)
		return false;
	*out = take_at(due, 0);
	return true;
}

const struct due_entry *due_find(const struct due *due, uint32_t work)
{
	size_t at = work < due->places_capacity ? due->places[work] : SIZE_MAX;

	assert(at < due->count && due->heap[at].work == work);
	return &due->heap[at];
}

struct due_entry due_remove(struct due *due, uint32_t work)
{
	return take_at(due, (size_t)(due_find(due, work) - due->heap));
}
