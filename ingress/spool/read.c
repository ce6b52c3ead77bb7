/* read.c - reads an update back, from its file or from a batch that is not written yet. */
#include <string.h>

#include "ingress/spool/private.h"

/* The record at a place that is not written yet. */
static const uint8_t *find_unwritten(const struct spool *spool, const struct place *place)
{
	uint64_t offset = (uint64_t)place->block * RECORD_ALIGN;

	for (size_t i = 0; i <= spool->writing_count; i++) {
		const struct spool_job *job = i < spool->writing_count ? spool->writing[i]
								       : spool->open;

		if (job->segment && job->segment->number == place->segment &&
		    offset >= job->offset && offset < job->offset + job->bytes.size)
			return job->bytes.data + (offset - job->offset);
	}
	return NULL;
}

bool spool_borrow(struct spool *spool, uint64_t seq, struct text *out, struct why *why)
{
	const struct place *place = spool_index_find(&spool->index, seq);
	struct segment *segment = place ? segments_find(&spool->segments, place->segment) : NULL;
	const size_t head = sizeof(struct record_header) + sizeof(struct update_record);
	struct update_record update;
	struct record record;
	const uint8_t *data;

	if (!segment)
		return why_set(why, "update %llu is not in the spool", (unsigned long long)seq);
	data = find_unwritten(spool, place);
	if (!data) {
		buffer_clear(&spool->scratch);
		if (!segment_read(segment, (uint64_t)place->block * RECORD_ALIGN,
				  record_size(place->length), &spool->scratch, why))
			return false;
		data = spool->scratch.data;
		if (!record_read(data, spool->scratch.size, 0, place->segment, &record) ||
		    record.length != place->length)
			return why_set(why, "the record of update %llu is damaged",
				       (unsigned long long)seq);
	}
	memcpy(&update, data + sizeof(struct record_header), sizeof(update));
	if (update.seq != seq)
		return why_set(why, "the record of update %llu belongs to another update",
			       (unsigned long long)seq);
	*out = (struct text) { (const char *)data + head,
			       place->length - sizeof(struct update_record) };
	return true;
}

bool spool_read(struct spool *spool, uint64_t seq, struct buffer *out, struct why *why)
{
	struct text body = { 0 };

	if (!spool_borrow(spool, seq, &body, why))
		return false;
	buffer_append(out, body.data, body.length);
	return true;
}
