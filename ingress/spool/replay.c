/* replay.c - reads the segments at startup: first all of them in order, to learn what is live, then
 * what is live in order of arrival, to report it. Damage is reported and skipped; it costs only the
 * records that it hit. */
#include "ingress/spool/private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/pack.h"
#include "common/xalloc.h"

#define WINDOW_BYTES (256u << 10)
/* Skipped after damage that may have hidden numbers already given out. */
#define SEQ_GAP (UINT64_C(1) << 20)

struct replayer {
	struct spool *spool;
	const struct spool_replay *calls;
	bool damaged; /* anywhere */
	/* the segment being read */
	struct segment *segment;
	struct buffer data;
	/* records of the batch whose end was not found yet */
	struct record *batch;
	size_t batch_count, batch_capacity;
	size_t batch_start; /* offset of its first byte */
	/* for reporting */
	struct flight_entry *flights;
	size_t flights_count, flights_next;
	uint64_t window_offset;
	uint32_t window_segment;
};

static void report(struct replayer *r, uint64_t offset, uint64_t bytes, const char *what)
{
	char name[SEGMENT_NAME_SIZE];

	r->damaged = true;
	segment_name(r->segment->number, name);
	if (r->calls->damage)
		r->calls->damage(r->calls->owner, name, offset, bytes, what);
}

/* --- applying records ------------------------------------------------------------------------- */

static struct place place_of(const struct replayer *r, const struct record *record)
{
	return (struct place) { .segment = r->segment->number,
				.block = (uint32_t)(record->offset / RECORD_ALIGN),
				.length = (uint32_t)record->length };
}

static bool apply_update(struct replayer *r, const struct record *record)
{
	struct spool_update update;

	if (!update_record_read(record->payload, record->length, &update))
		return false;
	if (update.seq >= r->spool->next_seq)
		r->spool->next_seq = update.seq + 1;
	spool_set_update(r->spool, update.seq, place_of(r, record));
	return true;
}

static bool apply_kills(struct replayer *r, const struct record *record)
{
	for (size_t at = 0; at < record->length; at += sizeof(struct kill_record)) {
		const struct place *place;
		struct kill_record kill;

		memcpy(&kill, record->payload + at, sizeof(kill));
		segment_add_target(r->segment, (uint32_t)kill.segment);
		place = spool_index_find(&r->spool->index, kill.seq);
		if (place && place->segment == kill.segment)
			spool_forget_update(r->spool, kill.seq);
	}
	return true;
}

static bool apply_sighting(struct replayer *r, const struct record *record)
{
	struct cursor cursor = cursor_make(record->payload, record->length);
	struct sighting_place place = { .place = place_of(r, record) };
	struct sighting sighting;

	if (!sighting_decode(&cursor, &sighting))
		return false;
	place.id = sighting.id;
	place.scope = sighting.scope;
	place.version = sighting.version;
	spool_set_sighting(r->spool, &place);
	return true;
}

static bool apply_sighting_kills(struct replayer *r, const struct record *record)
{
	for (size_t at = 0; at < record->length; at += sizeof(struct sighting_kill_record)) {
		const struct sighting_place *place;
		struct sighting_kill_record kill;

		memcpy(&kill, record->payload + at, sizeof(kill));
		segment_add_target(r->segment, kill.segment);
		segment_note_dead(r->segment);
		place = sighting_index_find(&r->spool->sightings, kill.scope, kill.id);
		if (place && place->place.segment == kill.segment)
			spool_forget_sighting(r->spool, kill.scope, kill.id);
	}
	return true;
}

static bool apply_meta(struct replayer *r, const struct record *record)
{
	size_t length = record->length ? record->payload[0] : 0;

	if (record->length < 1 + length)
		return false;
	spool_set_meta(r->spool, (const char *)record->payload + 1, length,
		       record->payload + 1 + length, record->length - 1 - length);
	return true;
}

static void apply(struct replayer *r, const struct record *record)
{
	bool ok = false;

	switch (record->kind) {
	case RECORD_UPDATE:
		ok = apply_update(r, record);
		break;
	case RECORD_KILL:
		ok = record->length % sizeof(struct kill_record) == 0 && apply_kills(r, record);
		break;
	case RECORD_SIGHTING:
		ok = apply_sighting(r, record);
		break;
	case RECORD_SIGHTING_KILL:
		ok = record->length % sizeof(struct sighting_kill_record) == 0 &&
		     apply_sighting_kills(r, record);
		break;
	case RECORD_META:
		ok = apply_meta(r, record);
		break;
	case RECORD_END:
		ok = true;
		break;
	}
	if (!ok)
		report(r, record->offset, record->size, "a record that is whole but wrong");
}

/* A replaced record's kill comes before its replacement. A power failure may keep the kill and lose
 * the replacement, so a kill that is not followed by the next record does not count. */
static bool lacks_replacement(const struct replayer *r, size_t at, uint32_t end)
{
	const struct record *record = &r->batch[at];
	uint32_t next = at + 1 < r->batch_count ? r->batch[at + 1].number : end;

	if (next == record->number + 1)
		return false;
	return record->kind == RECORD_SIGHTING_KILL ||
	       (record->kind == RECORD_KILL && record->length == sizeof(struct kill_record));
}

/* `end` is the number of its RECORD_END, `next` the offset after that. */
static void apply_batch(struct replayer *r, uint32_t end, size_t next)
{
	for (size_t i = 0; i < r->batch_count; i++)
		if (!lacks_replacement(r, i, end))
			apply(r, &r->batch[i]);
	r->batch_count = 0;
	r->batch_start = next;
}

static void add_to_batch(struct replayer *r, const struct record *record)
{
	array_reserve(r->batch, &r->batch_capacity, r->batch_count + 1);
	r->batch[r->batch_count++] = *record;
}

/* --- reading a segment ------------------------------------------------------------------------ */

static void read_header(struct replayer *r, struct segment_header *header)
{
	if (segment_header_read(r->data.data, r->data.size, header)) {
		if (header->next_seq > r->spool->next_seq)
			r->spool->next_seq = header->next_seq;
		return;
	}
	/* An empty one was created and not written to. */
	if (r->data.size > 0)
		report(r, 0, r->data.size < sizeof(*header) ? r->data.size : sizeof(*header),
		       "the header of a segment");
	*header = (struct segment_header) { .version = SEGMENT_VERSION,
					    .number = r->segment->number,
					    .bot_id = r->spool->options.bot_id };
}

static bool check_header(const struct replayer *r, const struct segment_header *header,
			 struct why *why)
{
	if (header->version != SEGMENT_VERSION)
		return why_set(why, "segment %08x has format %u and this program knows %u",
			       r->segment->number, header->version, SEGMENT_VERSION);
	if (header->bot_id != r->spool->options.bot_id)
		return why_set(why, "%s belongs to bot %lld, not to bot %lld", r->spool->path,
			       (long long)header->bot_id, (long long)r->spool->options.bot_id);
	if (header->number != r->segment->number)
		return why_set(why, "segment %08x was renamed", header->number);
	return true;
}

/* No intact record follows `offset`: the last write was cut short. It was never confirmed to
 * anyone, so the whole batch is dropped, and the file is truncated so that this is reported once.
 */
static void drop_tail(struct replayer *r)
{
	size_t start = r->batch_start;

	r->batch_count = 0;
	if (start >= r->data.size)
		return;
	report(r, start, r->data.size - start, "a torn tail");
	if (ftruncate(r->segment->fd, (off_t)start) == 0)
		r->segment->bytes = r->segment->written = start;
}

/* No intact record starts at `offset`. Returns where to continue; the size at the end. */
static size_t pass_damage(struct replayer *r, size_t offset, uint32_t number)
{
	const uint8_t *data = r->data.data;
	size_t size = r->data.size;
	struct record next;

	/* A damaged end still ends its batch. */
	if (record_was_end(data, size, offset, r->segment->number, number,
			   (uint32_t)r->batch_count)) {
		size_t end = offset + record_size(sizeof(struct end_record));

		report(r, offset, end - offset, "the end of a batch");
		apply_batch(r, number, end);
		r->segment->dead_since_ms = 1;
		return end;
	}
	if (!record_search(data, size, offset + 1, r->segment->number, number, &next))
		return size;
	report(r, offset, next.offset - offset, "damaged records");
	/* Rewritten soon, so that the damage is not reported forever. */
	r->segment->dead_since_ms = 1;
	return next.offset;
}

static void read_records(struct replayer *r)
{
	size_t offset = sizeof(struct segment_header);
	uint32_t number = 0;

	r->batch_start = offset;
	while (offset < r->data.size) {
		struct record record;

		if (!record_read(r->data.data, r->data.size, offset, r->segment->number, &record) ||
		    record.number < number) {
			offset = pass_damage(r, offset, number);
			continue;
		}
		offset += record.size;
		number = record.number + 1;
		if (record.kind == RECORD_END)
			apply_batch(r, record.number, offset);
		else
			add_to_batch(r, &record);
	}
	drop_tail(r);
}

static bool open_segment(struct replayer *r, uint32_t number, struct why *why)
{
	char name[SEGMENT_NAME_SIZE];
	struct stat stat;

	r->segment = segments_add(&r->spool->segments, number);
	segment_name(number, name);
	r->segment->fd = openat(r->spool->directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (r->segment->fd < 0 || fstat(r->segment->fd, &stat) < 0)
		return why_set(why, "cannot open %s: %s", name, strerror(errno));
	r->segment->bytes = r->segment->written = (uint64_t)stat.st_size;
	buffer_clear(&r->data);
	return segment_read(r->segment, 0, (size_t)stat.st_size, &r->data, why);
}

static bool read_segment(struct replayer *r, uint32_t number, struct why *why)
{
	struct segment_header header;

	if (!open_segment(r, number, why))
		return false;
	read_header(r, &header);
	if (!check_header(r, &header, why))
		return false;
	read_records(r);
	r->spool->bytes += r->segment->bytes;
	return true;
}

/* --- all segments ----------------------------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b)
{
	const uint32_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* The segments' numbers, ascending; caller frees. */
static uint32_t *list_segments(const struct spool *spool, size_t *count, struct why *why)
{
	DIR *directory = opendir(spool->path);
	uint32_t *numbers = NULL;
	struct dirent *entry;
	size_t capacity = 0;

	*count = 0;
	if (!directory) {
		why_set(why, "cannot list %s: %s", spool->path, strerror(errno));
		return NULL;
	}
	array_reserve(numbers, &capacity, 1); /* not NULL when there is none */
	while ((entry = readdir(directory))) {
		uint32_t number = segment_number(entry->d_name);

		if (!number)
			continue;
		array_reserve(numbers, &capacity, *count + 1);
		numbers[(*count)++] = number;
	}
	closedir(directory);
	qsort(numbers, *count, sizeof(*numbers), compare_numbers);
	return numbers;
}

/* A new spool's numbers start from the time, so that they are new even when the directory of an
 * earlier one was deleted. */
static void start_numbers(struct spool *spool, bool damaged)
{
	if (spool->next_seq == 0)
		spool->next_seq = clock_utc_ns() / 1000000 << 16;
	else if (damaged)
		spool->next_seq += SEQ_GAP;
}

/* A process that was killed may have left data written but not synced. It was read and will be
 * reported, so it must survive the next power failure. Only the last segment can have such data. */
static bool sync_last(const struct replayer *r, struct why *why)
{
	if (r->segment && fdatasync(r->segment->fd) < 0)
		return why_set(why, "cannot sync the last segment: %s", strerror(errno));
	if (fsync(r->spool->directory) < 0)
		return why_set(why, "cannot sync %s: %s", r->spool->path, strerror(errno));
	return true;
}

static bool read_segments(struct replayer *r, struct why *why)
{
	size_t count;
	uint32_t *numbers = list_segments(r->spool, &count, why);
	uint32_t last = 0;
	bool ok = numbers != NULL;

	for (size_t i = 0; ok && i < count; i++) {
		ok = read_segment(r, numbers[i], why);
		last = numbers[i];
	}
	if (ok && last == UINT32_MAX)
		ok = why_set(why, "segment numbers are exhausted");
	free(numbers);
	if (!ok || !sync_last(r, why))
		return false;
	/* What was done before the start has been dead for a long time. */
	for (size_t i = 0; i < r->spool->segments.count; i++)
		if (r->spool->segments.list[i]->dead_since_ms)
			r->spool->segments.list[i]->dead_since_ms = 1;
	start_numbers(r->spool, r->damaged);
	r->spool->head = segments_add(&r->spool->segments, last + 1);
	return true;
}

/* --- reporting what is live ------------------------------------------------------------------- */

/* The first `size` bytes of a record; reads `ahead` bytes when they are not buffered yet. NULL when
 * they cannot be read. */
static const uint8_t *look_at(struct replayer *r, const struct place *place, size_t size,
			      size_t ahead)
{
	uint64_t offset = (uint64_t)place->block * RECORD_ALIGN;

	if (place->segment != r->window_segment || offset < r->window_offset ||
	    offset + size > r->window_offset + r->data.size) {
		const struct segment *segment = segments_find(&r->spool->segments, place->segment);

		buffer_clear(&r->data);
		r->window_segment = place->segment;
		r->window_offset = offset;
		if (!segment_read(segment, offset, size > ahead ? size : ahead, &r->data, NULL) ||
		    r->data.size < size)
			return NULL;
	}
	return r->data.data + (offset - r->window_offset);
}

static uint64_t session_of(struct replayer *r, uint64_t seq)
{
	while (r->flights_next < r->flights_count && r->flights[r->flights_next].seq < seq)
		r->flights_next++;
	if (r->flights_next < r->flights_count && r->flights[r->flights_next].seq == seq)
		return r->flights[r->flights_next].session;
	return 0;
}

/* Of a piece of work the head that it has in front of its body. */
static void read_piece(const uint8_t *body, size_t size, struct spool_update *out)
{
	if ((out->flags & ITEM_WORK) && !(out->flags & ITEM_REPLIES))
		(void)piece_read((struct text) { (const char *)body, size }, &out->piece);
}

static void emit_update(void *owner, uint64_t seq, const struct place *place)
{
	struct replayer *r = owner;
	const size_t heads = sizeof(struct record_header) + sizeof(struct update_record);
	const size_t body = place->length - sizeof(struct update_record);
	const size_t size = heads + (body < PIECE_HEAD_SIZE ? body : PIECE_HEAD_SIZE);
	/* They are mostly adjacent. */
	const uint8_t *data = look_at(r, place, size, WINDOW_BYTES);
	struct spool_update update;

	if (!data || !update_record_read(data + sizeof(struct record_header),
					 sizeof(struct update_record), &update)) {
		r->segment = segments_find(&r->spool->segments, place->segment);
		report(r, (uint64_t)place->block * RECORD_ALIGN, size,
		       "an update, the second time");
		return;
	}
	read_piece(data + heads, size - heads, &update);
	update.session = session_of(r, seq);
	r->calls->update(r->calls->owner, &update);
}

static void emit_sighting(struct replayer *r, const struct sighting_place *place)
{
	size_t size = sizeof(struct record_header) + place->place.length;
	const uint8_t *data = look_at(r, &place->place, size, size);
	struct sighting sighting;
	struct cursor cursor;

	if (!data)
		return;
	cursor = cursor_make(data + sizeof(struct record_header), place->place.length);
	if (sighting_decode(&cursor, &sighting))
		r->calls->sighting(r->calls->owner, &sighting);
}

static bool is_live(void *owner, uint64_t seq)
{
	return spool_is_live(owner, seq);
}

static void emit_all(struct replayer *r)
{
	struct spool *spool = r->spool;
	const struct sighting_place *sighting;
	size_t at = 0;

	for (size_t i = 0; i < spool->metas_count; i++) {
		const struct meta *meta = &spool->metas[i];

		if (r->calls->meta && buffer_unread_size(&meta->value))
			r->calls->meta(r->calls->owner, meta->key, buffer_unread(&meta->value),
				       buffer_unread_size(&meta->value));
	}
	while (r->calls->sighting && (sighting = sighting_index_next(&spool->sightings, &at)))
		emit_sighting(r, sighting);
	if (r->calls->update)
		spool_index_each(&spool->index, emit_update, r);
}

bool spool_replay(struct spool *spool, const struct spool_replay *replay, struct why *why)
{
	static const struct spool_replay nothing;
	struct replayer r = { .spool = spool, .calls = replay ? replay : &nothing };
	bool ok = read_segments(&r, why) &&
		  flight_log_open(&spool->flight, spool->directory, is_live, spool, &r.flights,
				  &r.flights_count, why);

	if (ok) {
		/* Without live updates nothing can be in flight. */
		if (spool->index.count == 0)
			flight_log_set_complete(&spool->flight);
		buffer_clear(&r.data);
		emit_all(&r);
	}
	free(r.flights);
	free(r.batch);
	buffer_finish(&r.data);
	return ok;
}
