/* batch.h - sightings merged into one row per id: newest fields (highest version), earliest time.
 *
 * A batch is filled by the loop, written by the writer's thread, and returned to the loop to be
 * acknowledged; it has one owner at a time. */
#ifndef RECORDER_BATCH_H
#define RECORDER_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/arena.h"
#include "common/database/hash.h"
#include "common/hash_table.h"
#include "common/message.h"

enum row_outcome {
	ROW_PENDING,
	ROW_UNCHANGED, /* stored already as it is */
	ROW_WRITTEN,
	ROW_OPTED_OUT, /* the person objected */
	ROW_REFUSED,   /* Postgres rejects it; quarantined */
};

/* What is known about a row before it is written. If that is wrong, because others write as well,
 * the row is treated as ROW_UNSURE. */
enum row_kind {
	ROW_UNSURE,
	ROW_FRESH,  /* neither its id nor its username is stored (known.h) */
	ROW_STORED, /* its id is stored, with another hash */
};

struct row {
	struct sighting seen; /* texts are clean (text.h) and live in the batch */
	uint8_t id_hash[ID_HASH_SIZE], new_id_hash[ID_HASH_SIZE];
	uint8_t row_hash[ROW_HASH_SIZE];
	enum row_outcome outcome;
	enum row_kind kind;
	bool name_lost; /* another row of the batch has its username now: it is stored without one
			 */
};

struct batch_counts {
	size_t written, unchanged, opted_out, refused;
};

struct batch {
	struct arena arena;
	struct row *rows; /* one per scope and id, in the order of arrival */
	size_t rows_count;
	struct sighting_stored *received; /* everything to be acknowledged */
	size_t received_count;
	uint64_t session;           /* of the link */
	uint64_t opened_ms;         /* boot clock, of the first sighting */
	struct batch_counts counts; /* of rows, by outcome */
	double write_s;             /* time that the writer took */
	STAILQ_ENTRY(batch) link;   /* in a queue of the writer */
	/* of the store */
	bool hashed, compared;
	bool renew;           /* Redis could not be asked: the commit invalidates its cache */
	struct row **pending; /* rows to be written, sorted */
	size_t pending_count, pending_capacity;
	/* private */
	size_t rows_max, received_capacity;
	struct hash_table by_id; /* rows by scope and id */
};

struct batch *batch_create(size_t rows_max, uint64_t session, uint64_t now_ms);
void batch_destroy(struct batch *batch);
/* Copies what it needs. The batch must not be full. */
void batch_add(struct batch *batch, const struct sighting *sighting);
bool batch_is_full(const struct batch *batch);
/* Adds a row to be written; it must live as long as the batch. */
void batch_add_pending(struct batch *batch, struct row *row);

#endif
