/* live_update.c - the updates that are not done: a chunked array with a free list. */
#include "ingress/dispatch/live_update.h"

#include <stdlib.h>

#include "common/xalloc.h"

#define CHUNK 4096u

_Static_assert(sizeof(struct live_update) == 56, "a waiting update must stay small");

void live_init(struct live_updates *live)
{
	*live = (struct live_updates) { .free = LIVE_NONE };
}

void live_finish(struct live_updates *live)
{
	for (size_t i = 0; i < live->chunks_count; i++)
		free(live->chunks[i]);
	free(live->chunks);
	live_init(live);
}

struct live_update *live_at(const struct live_updates *live, uint32_t position)
{
	return &live->chunks[position / CHUNK][position % CHUNK];
}

static void add_chunk(struct live_updates *live)
{
	uint32_t first = (uint32_t)live->chunks_count * CHUNK;
	struct live_update *chunk = xcalloc(CHUNK, sizeof(*chunk));

	live->chunks = xreallocarray(live->chunks, live->chunks_count + 1, sizeof(chunk));
	live->chunks[live->chunks_count++] = chunk;
	for (uint32_t i = CHUNK; i-- > 0;) {
		chunk[i].next = live->free;
		live->free = first + i;
	}
}

uint32_t live_add(struct live_updates *live, const struct spool_update *update)
{
	if (live->free == LIVE_NONE)
		add_chunk(live);

	uint32_t position = live->free;
	struct live_update *work = live_at(live, position);
	live->free = work->next;
	live->used++;
	*work = (struct live_update) {
		.seq = update->seq,
		.update_id = update->update_id,
		.received_ms = update->received_ms,
		.trace = update->trace,
		.next = LIVE_NONE,
		.kind = (uint8_t)update->kind,
		.flags = update->flags,
		.attempts = update->attempts,
		.lost = update->lost,
		.state = LIVE_WAITING,
	};
	return position;
}

void live_remove(struct live_updates *live, uint32_t position)
{
	struct live_update *work = live_at(live, position);

	*work = (struct live_update) { .next = live->free, .state = LIVE_FREE };
	live->free = position;
	live->used--;
}

void live_each(const struct live_updates *live, live_update_fn *fn, void *owner)
{
	for (size_t i = 0; i < live->chunks_count * CHUNK; i++)
		if (live_at(live, (uint32_t)i)->state != LIVE_FREE)
			fn(owner, live_at(live, (uint32_t)i));
}

struct spool_update live_header(const struct live_update *work, uint64_t lane)
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
