/* private.h - what the files of the spool share: its state, and steps used by appending, replay and
 * cleaning alike. For this folder only. */
#ifndef INGRESS_SPOOL_PRIVATE_H
#define INGRESS_SPOOL_PRIVATE_H

#include "common/arena.h"
#include "common/loop.h"
#include "ingress/spool/flight.h"
#include "ingress/spool/index.h"
#include "ingress/spool/record.h"
#include "ingress/spool/segment.h"
#include "ingress/spool/spool.h"
#include "ingress/spool/writer.h"

/* The newest value of a key. A removed key is carried along without a value: an older segment may
 * still hold one. */
struct meta {
	char *key;
	struct buffer value;
};

/* The segment being cleaned: its live records are copied out of it. */
struct cleaning {
	uint32_t segment; /* 0: none */
	uint64_t offset;  /* copied up to here */
	uint32_t records; /* number of the next record */
	struct buffer window;
};

struct spool {
	struct spool_options options;
	char *path;
	int lock, directory;

	struct segments segments;
	struct segment *head; /* the segment that batches are written to */
	struct spool_index index;
	struct sighting_index sightings;
	struct meta *metas;
	size_t metas_count, metas_capacity;
	uint64_t next_seq;
	uint64_t bytes; /* of all segments */

	struct spool_job *open; /* the open batch */
	uint32_t open_records;
	/* Batches not yet written to their files, oldest first, for reading them back. */
	struct spool_job **writing;
	size_t writing_count, writing_capacity;
	struct spool_writer *writer;
	struct flight_log flight;

	struct cleaning cleaning;
	struct loop *loop;
	struct loop_timer timer;
	bool was_full;
	struct buffer scratch;
	struct kill_record *kills; /* room for one call's kills */
	size_t kills_capacity;
};

/* --- batch.c --- */

struct spool_job *spool_new_batch(void);
/* Makes sure that the open batch has a segment; a new one starts with its header and all metas.
 * Returns the segment that the next record goes to. */
struct segment *spool_open_segment(struct spool *spool);
/* Appends a record to the open batch; returns its place. */
struct place spool_append(struct spool *spool, enum record_kind kind, const void *head,
			  size_t head_size, const void *body, size_t body_size);
/* The update's record is no longer needed: notes that in the open batch and in the index. */
void spool_kill_updates(struct spool *spool, const uint64_t *seqs, size_t count);
void spool_kill_sighting(struct spool *spool, enum sighting_scope scope, int64_t id);
void spool_append_sighting_kill(struct spool *spool, const struct sighting_kill_record *kill);
void spool_append_sighting_bytes(struct spool *spool, const struct sighting_place *key,
				 const void *bytes, size_t size);
/* Closes the head, so that the next batch starts a new segment; the open batch must be empty. */
void spool_rotate(struct spool *spool);
bool spool_batch_is_empty(const struct spool *spool);

/* --- spool.c --- */

/* Takes finished jobs from the writer and makes their callbacks. */
void spool_deliver(struct spool *spool);

/* --- state.c: what appending and replay do to index and segments alike --- */

/* It contains something that is no longer needed from now on. */
void segment_note_dead(struct segment *segment);
void spool_set_update(struct spool *spool, uint64_t seq, struct place place);
void spool_forget_update(struct spool *spool, uint64_t seq);
void spool_set_sighting(struct spool *spool, const struct sighting_place *sighting);
void spool_forget_sighting(struct spool *spool, uint32_t scope, int64_t id);
/* Borrowed until the next call. */
const struct meta *spool_set_meta(struct spool *spool, const char *key, size_t length,
				  const void *value, size_t size);

/* --- replay.c --- */

MUST_CHECK bool spool_replay(struct spool *spool, const struct spool_replay *replay,
			     struct why *why);

/* --- clean.c --- */

/* One step of cleaning; returns in how many ms the next is due. */
uint64_t spool_clean(struct spool *spool);

#endif
