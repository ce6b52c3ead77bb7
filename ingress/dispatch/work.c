/* work.c - the updates that are not done: a chunked array with a free list. */
#include "ingress/dispatch/work.h"

#include <stdlib.h>

#include "common/xalloc.h"

#define CHUNK 4096u

_Static_assert(sizeof(struct work) == 56, "a waiting update must stay small");

void works_init(struct works *works)
{
	*works = (struct works) { .free = WORK_NONE };
}

void works_finish(struct works *works)
{
	for (size_t i = 0; i < works->chunks_count; i++)
		free(works->chunks[i]);
	free(works->chunks);
	works_init(works);
}

struct work *works_at(const struct works *works, uint32_t position)
{
	return &works->chunks[position / CHUNK][position % CHUNK];
}

static void add_chunk(struct works *works)
{
	uint32_t first = (uint32_t)works->chunks_count * CHUNK;
	struct work *chunk = xcalloc(CHUNK, sizeof(*chunk));

	works->chunks = xreallocarray(works->chunks, works->chunks_count + 1, sizeof(chunk));
	works->chunks[works->chunks_count++] = chunk;
	for (uint32_t i = CHUNK; i-- > 0;) {
		chunk[i].next = works->free;
		works->free = first + i;
	}
}

uint32_t works_add(struct works *works, const struct spool_update *update)
{
	if (works->free == WORK_NONE)
		add_chunk(works);

	uint32_t position = works->free;
	struct work *work = works_at(works, position);
	works->free = work->next;
	works->used++;
	*work = (struct work) {
		.seq = update->seq,
		.update_id = update->update_id,
		.received_ms = update->received_ms,
		.trace = update->trace,
		.next = WORK_NONE,
		.kind = (uint8_t)update->kind,
		.flags = update->flags,
		.attempts = update->attempts,
		.lost = update->lost,
		.state = WORK_WAITING,
	};
	return position;
}

void works_remove(struct works *works, uint32_t position)
{
	struct work *work = works_at(works, position);

	*work = (struct work) { .next = works->free, .state = WORK_FREE };
	works->free = position;
	works->used--;
}

void works_each(const struct works *works, work_fn *fn, void *owner)
{
	for (size_t i = 0; i < works->chunks_count * CHUNK; i++)
		if (works_at(works, (uint32_t)i)->state != WORK_FREE)
			fn(owner, works_at(works, (uint32_t)i));
}

struct spool_update work_header(const struct work *work, uint64_t lane)
{
	return (struct spool_update) {
		.seq = work->seq,
		.update_id = work->update_id,
		.kind = (enum update_kind)work->kind,
		.flags = work->flags,
		.attempts = work->attempts,
		.lost = work->lost,
		.lane = lane,
		.trace = work->trace,
		.received_ms = work->received_ms,
	};
}
