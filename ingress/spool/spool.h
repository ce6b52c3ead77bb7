/* spool.h - ingress' durable log: updates, sightings and what became of them.
 *
 * Append-only segments in a locked 0700 directory. Records are appended to an open batch;
 * spool_commit() passes the batch to the commit thread, which writes it with one fdatasync and then
 * has the loop call back. A failed fdatasync ends the process: the page may be gone. A segment
 * without live records is unlinked; a few live ones are copied forward, so that the body of a done
 * update stays on disk for less than a minute. Bodies stay on disk and are read back when they are
 * dispatched. */
#ifndef INGRESS_SPOOL_SPOOL_H
#define INGRESS_SPOOL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/loop.h"
#include "common/message.h"
#include "common/why.h"
#include "ingress/spool/types.h"

struct spool;

/* What spool_open() found: all metas first, then sightings, then updates; damage as it is met. */
struct spool_replay {
	void *owner;
	/* An update that is not done; in order of seq, which is that of arrival. */
	void (*update)(void *owner, const struct spool_update *update);
	/* The newest version of a sighting that is not stored yet. */
	void (*sighting)(void *owner, const struct sighting *sighting);
	/* The newest value of each key that spool_append_meta() wrote. */
	void (*meta)(void *owner, const char *key, const void *value, size_t size);
	/* A torn or damaged record was skipped: where, and how many bytes. */
	void (*damage)(void *owner, const char *segment, uint64_t offset, uint64_t bytes,
		       const char *what);
};

struct spool_options {
	const char *directory;
	int64_t bot_id; /* another bot's spool is refused */
	int64_t max_bytes;
	uint64_t segment_bytes; /* 0: 16 MiB, or a 16th of max_bytes */
	uint64_t segment_ms;    /* 0: 40 s; a done body stays on disk for up to that long */
	/* For tests: called before each step, possibly from the commit thread; returns 0 or the
	 * errno with which the step should fail. NULL: none. */
	int (*before_step)(void *owner, enum spool_step step);
	void *before_step_owner;
};

/* Locks, replays, and starts the commit thread. Everything replayed is durable. Returns NULL with a
 * reason on failure. */
struct spool *spool_open(const struct spool_options *options, const struct spool_replay *replay,
			 struct why *why);
/* From now on the loop makes the callbacks of spool_commit(). */
void spool_attach(struct spool *spool, struct loop *loop);
/* Commits what is open and waits for it. */
void spool_close(struct spool *spool);

/* --- the open batch --- */

/* Sets update->seq and stores the body (msgpack of the update). */
void spool_append_update(struct spool *spool, struct spool_update *update, const void *body,
			 size_t size);
/* Replaces the body of `update->seq` (waiting work, an incident): the old one is dead. The header
 * fields of `update` are stored again. */
void spool_append_replacement(struct spool *spool, const struct spool_update *update,
			      const void *body, size_t size);
void spool_append_done(struct spool *spool, const uint64_t *seqs, size_t count);
/* attempts, lost or flags of an update changed: stores all header fields again. */
void spool_append_attempt(struct spool *spool, const struct spool_update *update);
/* These went to a session (0: came back from it). The next spool_commit() writes this before it
 * returns, without a sync: a restart within this boot of the machine knows what was in flight. */
void spool_append_dispatched(struct spool *spool, uint64_t session, const uint64_t *seqs,
			     size_t count);
void spool_append_sighting(struct spool *spool, const struct sighting *sighting);
void spool_append_sighting_stored(struct spool *spool, const struct sighting_stored *stored);
/* Replaces the value of a key (allowed updates, ids seen, sessions): small, kept forever; size 0
 * removes it. */
void spool_append_meta(struct spool *spool, const char *key, const void *value, size_t size);

/* Closes the batch. `fn` is called from the loop once it is durable (in order of commits); NULL:
 * not needed. With `sync` false the batch is written without its own sync; if it then holds nothing
 * but dispatches, `fn` is called before spool_commit() returns. */
void spool_commit(struct spool *spool, bool sync, spool_durable_fn *fn, void *owner);
/* Waits until everything committed is durable and makes the callbacks that are due; false when the
 * disk stayed full for `timeout_ms`. For shutdown and tests. */
bool spool_flush(struct spool *spool, uint64_t timeout_ms);

/* --- what is in flight --- */

/* Why it is not known what was in flight when the last run ended (human-readable); NULL: it is
 * known, and the replay reported it. */
const char *spool_flights_unknown_reason(const struct spool *spool);
/* It is known again: everything that was in flight then is appended as dispatched, or over. */
void spool_flights_are_known(struct spool *spool);

/* --- reading and state --- */

/* The body of an update that is not done, durable or not; false if it cannot be read (the caller
 * logs this as damage). Appends to out. */
MUST_CHECK bool spool_read(struct spool *spool, uint64_t seq, struct buffer *out, struct why *why);
/* The same, valid until the next call to the spool. */
MUST_CHECK bool spool_borrow(struct spool *spool, uint64_t seq, struct text *out, struct why *why);
bool spool_is_live(const struct spool *spool, uint64_t seq);
/* What is appended from now on has this seq or a larger one, all else a smaller one. */
uint64_t spool_next_seq(const struct spool *spool);
uint64_t spool_bytes(const struct spool *spool);
/* Full: only acknowledgements and replacements may be appended. Becomes false again below 90 % of
 * the limit. Also true while the disk is full: batches then wait, in order, and are written as soon
 * as there is room. */
bool spool_is_full(const struct spool *spool);
/* Whether it is the disk that is full, or the quota on it, and not the spool at its limit. */
bool spool_disk_is_full(const struct spool *spool);
/* Unlinks and compacts what is due; returns in how many ms to call again. Once attached, the spool
 * does it by its own timer; calling it as well does no harm. */
uint64_t spool_tend(struct spool *spool);
/* How many syncs there were. */
uint64_t spool_syncs(const struct spool *spool);

#endif
