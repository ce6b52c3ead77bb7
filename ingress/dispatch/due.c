/* due.c - the binary heap of waiting work, earliest due time first. */
#include "ingress/dispatch/due.h"

#include <assert.h>
#include <stdlib.h>

#include "common/xalloc.h"

void due_finish(struct due *due)
{
	free(due->heap);
	*due = (struct due) { 0 };
}

static bool before(const struct due_entry *a, const struct due_entry *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->seq < b->seq;
}

void due_add(struct due *due, struct due_entry entry)
{
	array_reserve(due->heap, &due->capacity, due->count + 1);

	size_t at = due->count++;
	for (; at > 0 && before(&entry, &due->heap[(at - 1) / 2]); at = (at - 1) / 2)
		due->heap[at] = due->heap[(at - 1) / 2];
	due->heap[at] = entry;
}

/* Removes the entry at index `at`. */
static struct due_entry take_at(struct due *due, size_t at)
{
	struct due_entry taken = due->heap[at], last = due->heap[--due->count];

	for (; at > 0 && before(&last, &due->heap[(at - 1) / 2]); at = (at - 1) / 2)
		due->heap[at] = due->heap[(at - 1) / 2];
	for (size_t child = 2 * at + 1; child < due->count; child = 2 * at + 1) {
		if (child + 1 < due->count && before(&due->heap[child + 1], &due->heap[child]))
			child++;
		if (!before(&due->heap[child], &last))
			break;
		due->heap[at] = due->heap[child];
		at = child;
	}
	due->heap[at] = last;
	return taken;
}

bool due_take(struct due *due, uint64_t now_ms, struct due_entry *out)
{
	if (due->count == 0 || due->heap[0].due_ms > now_ms)
		return false;
	*out = take_at(due, 0);
	return true;
}

struct due_entry due_remove(struct due *due, uint64_t seq)
{
	size_t at = 0;

	while (at < due->count && due->heap[at].seq != seq)
		at++;
	assert(at < due->count);
	return take_at(due, at);
}
