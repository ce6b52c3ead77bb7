/* batch.c - an array of rows with a hash index by scope and id; texts live in the batch's arena. */
#include "recorder/batch.h"

#include <stdlib.h>

#include "common/database/text.h"
#include "common/xalloc.h"

/* The table of rows by scope and id: a cell is the index of a row + 1. */
static const void *key_of(const void *cell, const void *rows)
{
	uint32_t number = *(const uint32_t *)cell;

	return number ? &((const struct row *)rows)[number - 1].seen : NULL;
}

static uint64_t hash_sighting(const void *key, const void *rows)
{
	const struct sighting *sighting = key;

	(void)rows;
	return hash_number((uint64_t)sighting->id ^ (uint64_t)sighting->scope << 62);
}

static bool same_sighting(const void *key, const void *other)
{
	const struct sighting *a = key, *b = other;

	return a->id == b->id && a->scope == b->scope;
}

static const struct hash_shape shape = { sizeof(uint32_t), key_of, hash_sighting, same_sighting };

struct batch *batch_create(size_t rows_max, uint64_t session, uint64_t now_ms)
{
	struct batch *batch = xmalloc(sizeof(*batch));

	batch->rows = xcalloc(rows_max, sizeof(*batch->rows));
	batch->rows_max = rows_max;
	array_reserve(batch->received, &batch->received_capacity, rows_max);
	/* Half full at most: each step of a search goes to a row. */
	hash_table_reserve(&batch->by_id, &shape, rows_max + rows_max / 2, batch->rows);
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
	hash_table_finish(&batch->by_id);
	free(batch->pending);
	free(batch);
}

bool batch_is_full(const struct batch *batch)
{
	return batch->rows_count == batch->rows_max;
}

static void note_received(struct batch *batch, const struct sighting *sighting)
{
	array_reserve(batch->received, &batch->received_capacity, batch->received_count + 1);
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
	uint32_t *number = hash_table_require(&batch->by_id, &shape, sighting, batch->rows);

	note_received(batch, sighting);
	if (*number) {
		fold(batch, &batch->rows[*number - 1].seen, sighting);
		return;
	}
	take_fields(batch, &batch->rows[batch->rows_count].seen, sighting);
	*number = (uint32_t)++batch->rows_count;
}

void batch_add_pending(struct batch *batch, struct row *row)
{
	array_reserve(batch->pending, &batch->pending_capacity, batch->pending_count + 1);
	batch->pending[batch->pending_count++] = row;
}
