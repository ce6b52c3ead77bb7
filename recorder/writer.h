/* writer.h - a thread that owns both stores: it takes batches and writes them, one after the other,
 * while the loop receives and folds the next.
 *
 *   connecting ──▶ standby ──lock──▶ active ──▶ (writes batches)
 *       ▲             │                 │
 *       └── lost ─────┴─────────────────┘
 *
 * It waits out trouble with Postgres and keeps the current batch. */
#ifndef RECORDER_WRITER_H
#define RECORDER_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"
#include "common/settings.h"
#include "recorder/batch.h"

struct writer;

struct writer_state {
	bool active;
	bool postgres_ready, redis_ready;
	char postgres[192], redis[192]; /* "ready", "standby", or what is wrong; no secrets */
	uint64_t postgres_errors, redis_errors;
	int exit_code; /* not 0: continuing is useless */
	char exit_text[384];
};

/* Called in the loop for each submitted batch: either every row has an outcome, or the batch is of
 * an earlier session and was dropped unwritten. The callee owns the batch. */
typedef void writer_done_fn(void *owner, struct batch *batch);
/* Called in the loop when the state changed. */
typedef void writer_changed_fn(void *owner);

struct writer *writer_start(const struct settings *settings, struct loop *loop,
			    writer_done_fn *done, writer_changed_fn *changed, void *owner,
			    struct why *why);
/* Ends the thread within a second or so; what is not written is dropped. */
void writer_stop(struct writer *writer);

void writer_submit(struct writer *writer, struct batch *batch);
/* Whether a batch is waiting that is not begun: another one would only wait behind it. */
bool writer_is_behind(struct writer *writer);
/* Batches of other sessions are returned unwritten from now on. */
void writer_set_session(struct writer *writer, uint64_t session);
void writer_get_state(struct writer *writer, struct writer_state *out);

#endif
