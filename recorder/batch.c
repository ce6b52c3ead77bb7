/* batch.c - see batch.h. */
#include "recorder/batch.h"

#include <stdlib.h>

#include "common/database/text.h"
#include "common/xalloc.h"

struct batch *batch_create(size_t rows_max, uint64_t session, uint64_t now_ms)
{
	struct batch *batch = xmalloc(sizeof(*batch));
	size_t slots = 16;

	while (slots < 2 * rows_max)
		slots *= 2;
	batch->rows = xcalloc(rows_max, sizeof(*batch->rows));
	batch->rows_max = rows_max;
	batch->slots = xcalloc(slots, sizeof(*batch->slots));
	batch->slots_mask = slots - 1;
	batch->session = session;
	batch->opened_ms = now_ms;
	return batch;
}

void batch_destroy(struct batch *batch)
{
	if (!batch)
		return;
	arena_finish(&batch->arena);
	free(batch->rows);
	free(batch->received);
	free(batch->slots);
	free(batch->work);
	free(batch);
}

bool batch_is_full(const struct batch *batch)
{
	return batch->rows_count == batch->rows_max;
}

/* The slot of a key, used or free. Multiplicative hashing (Knuth 6.4) takes the high bits. */
static uint32_t *find_slot(const struct batch *batch, enum sighting_scope scope, int64_t id)
{
	uint64_t hash = ((uint64_t)id ^ (uint64_t)scope << 62) * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(hash >> 32) & batch->slots_mask;

	for (;; at = (at + 1) & batch->slots_mask) {
		const struct row *row;

		if (!batch->slots[at])
			return &batch->slots[at];
		row = &batch->rows[batch->slots[at] - 1];
		if (row->seen.id == id && row->seen.scope == scope)
			return &batch->slots[at];
	}
}

static void note_received(struct batch *batch, const struct sighting *sighting)
{
	if (batch->received_count == batch->received_capacity) {
		batch->received_capacity = batch->received_capacity ? 2 * batch->received_capacity
								    : batch->rows_max;
		batch->received = xreallocarray(batch->received, batch->received_capacity,
						sizeof(*batch->received));
	}
	batch->received[batch->received_count++] = (struct sighting_stored) { sighting->scope,
									      sighting->id,
									      sighting->version };
}

static void take_fields(struct batch *batch, struct sighting *out, const struct sighting *from)
{
	*out = *from;
	out->username = text_clean(&batch->arena, from->username);
	out->first_name = text_clean(&batch->arena, from->first_name);
	out->last_name = text_clean(&batch->arena, from->last_name);
	out->language_code = text_clean(&batch->arena, from->language_code);
	out->title = text_clean(&batch->arena, from->title);
	out->type = text_clean(&batch->arena, from->type);
}

static void fold(struct batch *batch, struct sighting *kept, const struct sighting *sighting)
{
	int64_t earliest = kept->seen_at < sighting->seen_at ? kept->seen_at : sighting->seen_at;

	if (sighting->version >= kept->version)
		take_fields(batch, kept, sighting);
	kept->seen_at = earliest;
}

void batch_add(struct batch *batch, const struct sighting *sighting)
{
	uint32_t *slot = find_slot(batch, sighting->scope, sighting->id);

	note_received(batch, sighting);
	if (*slot) {
		fold(batch, &batch->rows[*slot - 1].seen, sighting);
		return;
	}
	take_fields(batch, &batch->rows[batch->rows_count].seen, sighting);
	*slot = (uint32_t)++batch->rows_count;
}

void batch_add_work(struct batch *batch, struct row *row)
{
	if (batch->work_count == batch->work_capacity) {
		batch->work_capacity = batch->work_capacity ? 2 * batch->work_capacity : 64;
		batch->work = xreallocarray(batch->work, batch->work_capacity,
					    sizeof(*batch->work));
	}
	batch->work[batch->work_count++] = row;
}
