#include "simulator/queue.h"

#include <stdlib.h>

#include "common/random.h"
#include "common/trace.h"
#include "common/xalloc.h"

void queue_finish(struct queue *queue)
{
	queue_clear(queue);
	free(queue->ring);
	*queue = (struct queue) { 0 };
}

static int32_t first_id(const struct queue *queue)
{
	return queue->tail_id - (int32_t)queue->span;
}

static struct queued_update *at_id(const struct queue *queue, int32_t id)
{
	return &queue->ring[(queue->head + (size_t)(id - first_id(queue))) % QUEUE_UPDATES_MAX];
}

static void release(struct queue *queue, struct queued_update *update, bool expired)
{
	if (!update->json)
		return;
	if (update->delivered)
		queue->counts.confirmed++;
	else
		queue->counts.unseen++;
	if (expired)
		queue->counts.expired++;
	free(update->json);
	update->json = NULL;
	queue->bytes -= update->size;
	queue->count--;
}

/* Drops the holes at the front. */
static void advance(struct queue *queue)
{
	while (queue->span > 0 && !queue->ring[queue->head].json) {
		queue->head = (queue->head + 1) % QUEUE_UPDATES_MAX;
		queue->span--;
	}
}

/* Where Telegram's server starts: 2,000,001 to 1,000,000,000. */
static int32_t random_id(void)
{
	return (int32_t)(2000001 + random_u64() % (QUEUE_ID_MAX / 2 - 2000000));
}

int32_t queue_push(struct queue *queue, const struct queued_update *update, char *json, size_t size,
		   int64_t now_s)
{
	struct queued_update *slot;

	if (size > QUEUE_UPDATE_MAX || queue->span == QUEUE_UPDATES_MAX ||
	    queue->bytes > QUEUE_BYTES_MAX - size || update->expires_s <= now_s) {
		queue->counts.refused++;
		free(json);
		return 0;
	}
	if (!queue->ring)
		queue->ring = xcalloc(QUEUE_UPDATES_MAX, sizeof(*queue->ring));
	if (queue->tail_id >= QUEUE_ID_MAX - 1) {
		queue_clear(queue);
		queue->tail_id = 0;
	}
	if (queue->tail_id == 0)
		queue->tail_id = random_id();
	slot = &queue->ring[(queue->head + queue->span) % QUEUE_UPDATES_MAX];
	*slot = *update;
	slot->json = json;
	slot->size = (uint32_t)size;
	slot->id = queue->tail_id++;
	slot->delivered = 0;
	slot->in_flight = false;
	queue->span++;
	queue->count++;
	queue->bytes += size;
	queue->counts.pushed++;
	return slot->id;
}

bool queue_restart(struct queue *queue, int32_t next_id)
{
	if (queue->count > 0 || next_id <= 0 || next_id >= QUEUE_ID_MAX)
		return false;
	queue->span = 0;
	queue->tail_id = next_id;
	return true;
}

static void forget_before(struct queue *queue, int32_t id)
{
	while (queue->span > 0 && first_id(queue) < id) {
		release(queue, &queue->ring[queue->head], false);
		queue->head = (queue->head + 1) % QUEUE_UPDATES_MAX;
		queue->span--;
	}
	advance(queue);
}

/* The id of the `keep`-th live update from the end. */
static int32_t id_from_end(const struct queue *queue, size_t keep)
{
	int32_t id = queue->tail_id;

	while (keep > 0 && id > first_id(queue)) {
		id--;
		if (at_id(queue, id)->json)
			keep--;
	}
	return id;
}

size_t queue_get(struct queue *queue, int32_t offset, size_t limit, int64_t now_s,
		 struct queued_update **out, int32_t *from)
{
	size_t found = 0;

	if (queue->tail_id == 0) {
		*from = offset;
		return 0;
	}
	if (offset < 0) {
		size_t keep = (size_t)(-(int64_t)offset);

		if (keep < queue->count)
			forget_before(queue, id_from_end(queue, keep));
		offset = 0;
	}
	if (offset == 0 || offset >= QUEUE_ID_MAX || offset > (int64_t)queue->tail_id + 10 ||
	    offset < (int64_t)first_id(queue) - QUEUE_UPDATES_MAX)
		offset = first_id(queue);
	forget_before(queue, offset);
	*from = offset;
	for (int32_t id = offset > first_id(queue) ? offset : first_id(queue);
	     id < queue->tail_id && found < limit; id++) {
		struct queued_update *update = at_id(queue, id);

		if (!update->json)
			continue;
		if (update->expires_s < now_s)
			release(queue, update, true);
		else
			out[found++] = update;
	}
	advance(queue);
	return found;
}

void queue_clear(struct queue *queue)
{
	for (size_t i = 0; i < queue->span; i++)
		release(queue, &queue->ring[(queue->head + i) % QUEUE_UPDATES_MAX], false);
	queue->span = 0;
}

void queue_forget(struct queue *queue, struct queued_update *update)
{
	release(queue, update, false);
	advance(queue);
}

struct queued_update *queue_next(struct queue *queue, int32_t id)
{
	if (queue->span == 0)
		return NULL;
	if (id < first_id(queue))
		id = first_id(queue);
	for (; id < queue->tail_id; id++) {
		struct queued_update *update = at_id(queue, id);

		if (update->json)
			return update;
	}
	return NULL;
}

void queue_mark_delivered(struct queue *queue, struct queued_update *update)
{
	if (update->delivered++)
		queue->counts.redelivered++;
	else
		queue->counts.delivered++;
}
